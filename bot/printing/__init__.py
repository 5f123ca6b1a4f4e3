"""A report on paper and as pictures: PDF for the council, cards of one chart for a chat and for shared links.

`bot.reports` decides what is told; here it is only set. Typst does the work, in this process, from the template beside this file:
it sees the template, the fonts and the report's data, which it takes as data and never as its own language; no other file, no
package, no network.
"""
