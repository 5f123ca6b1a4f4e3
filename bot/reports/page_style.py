"""How a report looks: on a screen, on a phone, on A4. Its parts look so on any page that has them inside `.report` or `main`."""

STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#fff;color:#1d2730;font:17px/1.55 "Noto Sans",system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:43.5rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
header{margin-bottom:2rem}
h1{font-size:2.1rem;line-height:1.15;letter-spacing:-.015em;margin:.3rem 0 0;font-weight:700;text-wrap:balance}
h2{font-size:1.4rem;line-height:1.25;margin:3.4rem 0 1rem;padding-top:.9rem;border-top:3px solid #0072b2;font-weight:700}
h3{font-size:1.13rem;line-height:1.35;margin:2.6rem 0 .5rem;font-weight:650;text-wrap:pretty}
h4{font-size:1rem;line-height:1.4;margin:1.6rem 0 .4rem}
h1,h2,h3,h4,p,dd,li,blockquote{overflow-wrap:anywhere}
th[scope=row]{overflow-wrap:break-word}
p{margin:.4rem 0 .8rem}
.kind{color:#55606b;margin:0;font-size:.95rem;letter-spacing:.02em}
.lead{font-size:1.06rem}
.small,main>footer,.report>footer{color:#55606b;font-size:.85rem;line-height:1.5}
.label{border-left:4px solid #0072b2;background:#f1f6fa;padding:.9rem 1.1rem;margin:.8rem 0 1.1rem}
.label p:first-child{margin-top:0}
.label p:last-child{margin-bottom:0}
ul{padding-left:1.15rem;margin:.6rem 0}
li{margin:.45rem 0}
li::marker{color:#0072b2}
dl{display:grid;grid-template-columns:minmax(9rem,12.5rem) 1fr;gap:.4rem 1.5rem;margin:.8rem 0}
dt{color:#55606b}
dd{margin:0}
code{font:.82rem/1.5 ui-monospace,"Noto Sans Mono",Consolas,monospace;overflow-wrap:anywhere}
figure{margin:1.3rem 0 1rem}
.chart{display:block;width:100%;height:auto}
.narrow{display:none;max-width:25rem}
.wide{overflow-x:auto;margin:.9rem 0 1.1rem;position:relative}
table{border-collapse:collapse;width:100%;font-size:.86rem;line-height:1.4;font-variant-numeric:tabular-nums}
caption{text-align:left;color:#55606b;font-size:.82rem;padding-bottom:.45rem}
th,td{padding:.42rem .5rem;border-bottom:1px solid #dde2e7;text-align:right;vertical-align:top}
thead th{color:#55606b;font-weight:600;border-bottom:1.5px solid #8a949e;vertical-align:bottom;line-height:1.25}
td{white-space:nowrap}
th:first-child{text-align:left;padding-left:0;min-width:8rem;width:36%}
.dense{font-size:.8rem}
.dense th,.dense td{padding:.42rem .3rem}
.dense th:first-child{width:26%;min-width:7rem;padding-left:0}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
figcaption{font-size:.95rem;font-weight:600;margin-bottom:.7rem}
th:last-child,td:last-child{padding-right:0}
th[scope=row]{font-weight:400}
.words th,.words td{text-align:left;white-space:normal}
blockquote{margin:.9rem 0;padding:.1rem 0 .1rem 1.1rem;border-left:2px solid #0072b2}
blockquote p{margin:0;font-style:italic}
blockquote footer{color:#55606b;font-size:.85rem;margin-top:.15rem}
main>footer{margin-top:3.5rem;border-top:1px solid #dde2e7;padding-top:.8rem}
@media (max-width:44rem){
.roomy{display:none}
.narrow{display:block}
}
@media (max-width:30rem){
body{font-size:16px}
main{padding:1.5rem 1rem 3rem}
h1{font-size:1.65rem}
h2{font-size:1.25rem;margin-top:2.6rem}
dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:.7rem}
table{font-size:.8rem}
th,td{padding:.4rem .3rem}
th:first-child{min-width:6.6rem;width:auto;hyphens:auto}
.dense th:first-child{min-width:6rem}
}
@page{size:A4;margin:20mm 18mm 22mm}
@media print{
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}
.roomy{display:block}
.narrow{display:none}
h2{margin-top:2.2rem}
h1,h2,h3,h4,caption,figcaption{break-after:avoid}
h2+*,h3+*,h4+*{break-before:avoid}
section.question>p{break-inside:avoid}
section.question>p:not(:last-child){break-after:avoid}
.short{break-inside:avoid}
p.small{break-before:avoid}
figure,tr,.label,blockquote,dl,li,.lead,.small{break-inside:avoid}
p,li,blockquote{orphans:3;widows:3}
.wide{overflow:visible}
thead{display:table-header-group}
}
"""
