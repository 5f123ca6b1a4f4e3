"""A report on paper and as pictures: PDF for the council, cards of one chart for a chat and for shared links; and posters.

`bot.reports` decides what is told; here it is only set. Typst does the work, in this process, from the templates beside this
file: it sees these, the fonts and what is to be said, which it takes as data and never as its own language; no other file, no
package, no network.
"""
