--- How the pages look: on paper (A4), on a desk and on a phone.  The fonts are the reader's own.

local style = {}

local COMMON = [[
:root{color-scheme:light;
--ink:#16191d;--soft:#586069;--rule:#d5d9de;--pale:#f5f6f8;--good:#17623a;--bad:#9d1c1c;--bar:#35618e;--other:#d2a56d}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:#fff;color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans",
"Helvetica Neue",Arial,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif}
main{max-width:50rem;margin:0 auto;padding:2.5rem 1.5rem 3rem}
h1,h2,h3,p,dl,dd,figure,table,ol,ul,pre{margin:0}
section>*+*{margin-top:.9rem}
section>h2+*,section>h3+*{margin-top:0}
h1{font-size:1.7rem;line-height:1.25;font-weight:650;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
h2{font-size:1.05rem;font-weight:650;margin:2.6rem 0 .9rem;padding-top:.7rem;border-top:1px solid var(--ink)}
h3,section>h3{font-size:.95rem;font-weight:650;margin:1.5rem 0 .4rem}
.kind{font-size:.95rem;color:var(--soft);margin-bottom:.3rem}
.soft,figcaption,footer{color:var(--soft);font-size:.875rem}
.states{display:grid;gap:.75rem;margin-top:1.5rem}
.state{border-left:4px solid var(--rule);background:var(--pale);padding:.7rem 1rem;overflow-wrap:anywhere}
.state strong{display:block;font-weight:650}
.good{border-color:var(--good)}.good strong{color:var(--good)}
.bad{border-color:var(--bad)}.bad strong{color:var(--bad)}
.state ul{margin:.5rem 0 0;padding-left:1.2rem}
.scores{display:grid;grid-template-columns:1fr 1fr;gap:1.5rem 2.5rem;margin-bottom:1.6rem}
.score b{font-size:1.9rem;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.score svg{display:block;width:100%;height:8px;margin:.35rem 0 .5rem}
.track{fill:var(--rule)}.bar{fill:var(--bar)}.other{fill:var(--other)}.axis{fill:var(--ink)}
.meter{display:block;width:100%;height:8px}
.bars{display:block;width:100%;height:9rem}
.most,.labels{color:var(--soft);font-size:.8125rem;font-variant-numeric:tabular-nums}
.labels{display:flex;justify-content:space-between;margin-top:.25rem}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:.6rem 0 0;color:var(--soft);font-size:.875rem}
.legend svg{width:.75rem;height:.75rem;margin-right:.4rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1.5rem 2.5rem}
dl{display:grid;grid-template-columns:12rem 1fr;gap:.4rem 1.5rem}
dt{color:var(--soft)}
dd,td,th,li,p{overflow-wrap:anywhere}
.unit{display:none}
.tags{padding-left:1.2rem}
.media{display:grid;grid-template-columns:1fr 1fr;gap:1.5rem 2.5rem;align-items:start}
.media h3,.score h3{margin-top:0}
img,video{display:block;max-width:100%;max-height:26rem;background:var(--pale);margin-bottom:.5rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.4rem 1rem .4rem 0;border-bottom:1px solid var(--rule)}
th{font-weight:500;color:var(--soft)}
td:last-child,th:last-child{padding-right:0}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code,pre{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
code{overflow-wrap:anywhere}
pre{background:var(--pale);border:1px solid var(--rule);padding:.6rem .8rem;margin:.4rem 0 0;
white-space:pre-wrap;overflow-wrap:anywhere}
ol.checks{padding-left:1.4rem}
ol.checks li{margin-top:1rem}
footer{margin-top:3rem;padding-top:.7rem;border-top:1px solid var(--rule)}
@media(max-width:36rem){
main{padding:1.5rem 1rem 2rem}
h1{font-size:1.35rem}
.media,.scores,.pair{grid-template-columns:1fr}
dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:.6rem}
.stacked,.stacked tbody,.stacked tr,.stacked td{display:block;width:auto}
.stacked thead{display:none}
.stacked tr{padding:.5rem 0;border-bottom:1px solid var(--rule)}
.stacked td{border:0;padding:.05rem 0;text-align:left}
.stacked td:first-child{color:var(--soft)}
.unit{display:inline}
}
@media print{
html{font-size:9.5pt}
body{line-height:1.4}
main{max-width:none;padding:0}
h2{margin:6mm 0 2.5mm;break-after:avoid}
h3{break-after:avoid}
img,video{max-height:68mm}
.scores,.media,.pair{grid-template-columns:1fr 1fr}
.bars{height:32mm}
dl{grid-template-columns:45mm 1fr}
code,pre{font-size:7.5pt}
tr,li,pre,.state,.score,figure,dt,dd,.chart{break-inside:avoid}
.state,pre,img,video,svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
]]

-- Paper has the page's number at its foot, and of what it is a page.
local PAPER = [[
@page{size:A4;margin:18mm 18mm 20mm;
@bottom-left{content:"%s";font:8pt system-ui,sans-serif;color:#586069}
@bottom-right{content:counter(page) " / " counter(pages);font:8pt system-ui,sans-serif;color:#586069}}
]]

--- The style of a page with this text at each foot.
---@param foot string letters, digits and blanks
---@return string
function style.of(foot)
  return COMMON .. PAPER:format((foot:gsub("[^%w ]", "")))
end

return style
