"""How a published report looks: on a screen, on a phone, on A4."""

STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#fff;color:#1b1b1b;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:46rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0 .6rem}
h2{font-size:1.3rem;line-height:1.3;margin:2.4rem 0 .6rem;padding-bottom:.25rem;border-bottom:2px solid #0072b2}
h3{font-size:1.08rem;line-height:1.35;margin:1.9rem 0 .4rem}
h1,h2,h3,p,dd{overflow-wrap:anywhere}
th[scope=row]{overflow-wrap:break-word}
p{margin:.4rem 0 .7rem}
.kind{color:#4a4a4a;margin:0}
.small,footer{color:#4a4a4a;font-size:.88rem}
.label{border-left:4px solid #0072b2;background:#eef5fa;padding:.6rem .9rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.6rem 0}
dt{color:#4a4a4a}
dd{margin:0}
code{font:.85rem/1.4 ui-monospace,Consolas,monospace;overflow-wrap:anywhere}
.chart{display:block;margin:1rem 0 .4rem;overflow:visible;font-size:14px}
.chart text{fill:#1b1b1b}
.chart .figure{font-weight:600}
.track{fill:#ececec}
.bar{fill:#0072b2}
.weighted{fill:#e69f00}
.interval,.axis{stroke:#1b1b1b;stroke-width:1.5}
.legend{font-size:.88rem;margin-bottom:0}
.key{display:inline-block;width:1rem;height:.8rem;vertical-align:-.05rem}
.key.plain{background:#0072b2}
.key.heavy{background:#e69f00;height:.5rem;margin-left:1rem}
.wide{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:#4a4a4a;font-size:.85rem;padding-bottom:.25rem}
th,td{padding:.3rem .6rem;border-bottom:1px solid #d5d5d5;text-align:right;vertical-align:top}
td{white-space:nowrap}
th:first-child{text-align:left;padding-left:0;min-width:8rem}
th[scope=row]{font-weight:400}
footer{margin-top:2.5rem;border-top:1px solid #d5d5d5;padding-top:.6rem}
@media (max-width:30rem){main{padding:1rem}h1{font-size:1.5rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}
table{font-size:.8rem}th,td{padding:.3rem .25rem}th:first-child{min-width:5.5rem}}
@page{size:A4;margin:18mm 16mm}
@media print{
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}
h2,h3,.legend{break-after:avoid}
.chart,tr,.label{break-inside:avoid}
.wide{overflow:visible}
thead{display:table-header-group}
}
"""
