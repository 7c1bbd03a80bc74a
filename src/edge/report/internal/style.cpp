#include "edge/report/internal/sections.h"

namespace noonmark::report {

namespace {

// Colours of both schemes, type, header.
constexpr char kBase[] = R"css(
:root{--paper:#faf9f5;--card:#fff;--ink:#1b1a17;--soft:#5f5b52;--faint:#8b867a;--line:#e5e1d6;--wash:#f2efe7;
--sun:#d4500a;--sun-wash:#fdf1e7;--ranked:#1c5fa5;--unfaithful:#9a3468;--slow:#857f70;--failed:#b42318;--copy:#857f70;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media(prefers-color-scheme:dark){:root{--paper:#141311;--card:#1b1a17;--ink:#ece9e1;--soft:#aaa598;--faint:#7f7a6e;
--line:#302e29;--wash:#211f1c;--sun:#ff9950;--sun-wash:#2a1d12;--ranked:#82b6f0;--unfaithful:#e58fbb;--slow:#8f897b;
--failed:#ff8d80;--copy:#8f897b}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",
"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
header,main{max-width:1080px;margin:0 auto;padding:0 24px}
header{padding-top:36px}
.brand{display:flex;align-items:center;gap:10px;font-weight:650;letter-spacing:-.01em}
.brand .kind{color:var(--faint);font-weight:400}
.emblem{width:26px;height:26px;fill:none;stroke:var(--ink);stroke-width:1.8;stroke-linecap:round}
.emblem circle{fill:var(--sun);stroke:none}
h1{font-size:clamp(26px,4.6vw,42px);line-height:1.12;letter-spacing:-.025em;font-weight:680;margin:26px 0 10px;max-width:22em;
text-wrap:balance}
h2{font-size:22px;line-height:1.25;letter-spacing:-.015em;font-weight:660;margin:0 0 6px}
h3{font-size:15px;font-weight:600;margin:0 0 10px}
h3 small{color:var(--faint);font-weight:400;margin-left:10px;white-space:nowrap}
h4{font-size:14px;font-weight:650;margin:0 0 10px}
p{margin:0 0 12px}
a{color:inherit;text-decoration-color:var(--line);text-underline-offset:3px}
a:hover{text-decoration-color:currentColor}
small{font-size:12.5px;color:var(--faint)}
code,pre{font-family:var(--mono);font-size:12.5px}
header .facts{color:var(--soft);display:flex;flex-wrap:wrap;margin:0}
header .facts span:not(:last-child)::after{content:"·";margin:0 10px;color:var(--faint)}
)css";

// Outcome, plots, standings.
constexpr char kTop[] = R"css(
section{padding:44px 0 0}
main{padding-bottom:64px}
.hint{color:var(--soft);font-size:14.5px;max-width:46em}
.kicker{color:var(--sun);font-size:13px;font-weight:650;letter-spacing:.02em;margin:0 0 2px}
.outcome{margin-top:34px;padding:26px 28px 28px;background:var(--card);border:1px solid var(--line);border-radius:14px}
.outcome h2{font-size:30px;letter-spacing:-.02em}
.lede{font-size:17px;color:var(--soft);max-width:44em}
.figures{display:grid;grid-template-columns:repeat(3,1fr);gap:0 28px;margin:20px 0 4px}
.figure{border-top:2px solid var(--ink);padding-top:10px}
.figure:first-child{border-color:var(--sun)}
.figure:first-child .number{color:var(--sun)}
.number{font-size:clamp(34px,5vw,50px);line-height:1.05;font-weight:680;letter-spacing:-.03em}
.unit{font-weight:550;margin-top:4px}
.figure .note{color:var(--faint);font-size:13.5px}
.pairs{margin-top:24px}
.pairs .row{display:grid;grid-template-columns:92px repeat(6,1fr);gap:10px;margin-top:10px;align-items:start}
.whose{font-size:13px;color:var(--soft);overflow-wrap:anywhere}
.shot{display:block;width:100%;aspect-ratio:1;object-fit:contain;border-radius:7px;background:var(--wash)}
.hole{display:flex;align-items:center;justify-content:center;width:100%;aspect-ratio:1;border-radius:7px;font-size:12px;
color:var(--faint);text-align:center;background:repeating-linear-gradient(135deg,var(--wash) 0 6px,transparent 6px 12px);
border:1px dashed var(--line)}
svg{display:block}
svg text{font-family:inherit;fill:var(--soft);font-size:13px}
.plot{width:100%;height:auto;margin-top:6px;overflow:visible}
.plot.narrow{display:none}
.plot .slower,.plot .below{fill:var(--wash)}
.plot .grid{stroke:var(--line);stroke-width:1}
.plot .unity{stroke:var(--faint);stroke-width:1}
.plot .floor{stroke:var(--sun);stroke-width:1.2;stroke-dasharray:2 4;stroke-linecap:round}
.plot .tick{font-size:12px;fill:var(--faint)}
.plot .axis{font-size:13px;fill:var(--soft);font-weight:550}
.plot .note{font-size:12px;fill:var(--faint)}
.point{--c:var(--slow)}
.point.ranked{--c:var(--ranked)}.point.unfaithful{--c:var(--unfaithful)}.point.failed,.point.refused{--c:var(--failed)}
.point.baseline{--c:var(--ink)}
.plot .span{stroke:var(--c);stroke-width:2;stroke-linecap:round}
.plot .worst{stroke:var(--c);stroke-width:1;opacity:.55}
.plot .dot{fill:var(--c);stroke:var(--paper);stroke-width:2}
.plot .name{fill:var(--c);font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
table{border-collapse:collapse;width:100%;font-size:14.5px}
th{font-size:12.5px;font-weight:550;color:var(--faint);text-align:left;padding:0 10px 8px;border-bottom:1px solid var(--line)}
td{padding:13px 10px;border-bottom:1px solid var(--line);vertical-align:top}
.num{text-align:right;white-space:nowrap}
td.num small{display:block}
.standings th:first-child,.standings td:first-child{padding-left:0;width:34px}
.standings th:last-child,.standings td:last-child{padding-right:0}
.standings .rank{font-size:18px;font-weight:680;line-height:1.3}
.standings td .none{font-weight:400}
.standings th.rank{font-size:12.5px;font-weight:550}
.standings .name{font-weight:620;overflow-wrap:anywhere}
.standings .reason{display:block;margin-top:3px;line-height:1.4;max-width:24em}
.standings .value{font-weight:560}
.standings tr.winner .rank,.standings tr.winner td[data-title="Speed-up"] .value{color:var(--sun)}
.standings tr.winner td[data-title="Speed-up"] .value{font-weight:680}
.standings .reward{font-weight:620}
.standings tr.baseline td{color:var(--soft);background:var(--wash)}
.standings tr.baseline td.rank{border-radius:8px 0 0 8px}.standings tr.baseline td:last-child{border-radius:0 8px 8px 0}
.none{color:var(--faint)}
.bar{width:120px;height:16px;margin:4px 0 0 auto}
.bar .rail{stroke:var(--line);stroke-width:2;stroke-linecap:round}
.bar .unity{stroke:var(--faint);stroke-width:1}
.bar .span{stroke:var(--ranked);stroke-width:4;stroke-linecap:round;opacity:.45}
.bar .dot{fill:var(--ranked)}
tr.winner .bar .span{stroke:var(--sun)}tr.winner .bar .dot{fill:var(--sun)}
tr:not(.ranked) .bar .span{stroke:var(--slow)}tr:not(.ranked) .bar .dot{fill:var(--slow)}
.chip{display:inline-block;margin-left:8px;padding:0 8px;border-radius:99px;font-size:12px;line-height:20px;font-weight:550;
white-space:nowrap;color:var(--soft);background:var(--wash)}
.chip.ranked{color:var(--ranked)}.chip.unfaithful{color:var(--unfaithful)}.chip.failed,.chip.refused{color:var(--failed)}
)css";

// Pictures, details, panels.
constexpr char kRest[] = R"css(
.request{padding:18px 0 20px;border-top:1px solid var(--line)}
.tiles{display:grid;grid-template-columns:repeat(var(--n),minmax(0,1fr));gap:14px 12px}
figure{margin:0;min-width:0}
.tile.base .shot,.tile.base .hole{box-shadow:0 0 0 2px var(--paper),0 0 0 3.5px var(--ink)}
.tile.base figcaption{font-weight:620}
figcaption{display:grid;grid-template-columns:1fr auto;align-items:center;gap:0 7px;margin-top:7px;font-size:12px;line-height:1.35}
.who{grid-column:1/-1;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.mark{color:var(--soft)}
.meter{height:3px;border-radius:3px;background:var(--line);overflow:hidden}
.meter i{display:block;height:100%;background:var(--ranked)}
details{border-top:1px solid var(--line)}
.details>details:last-child{border-bottom:1px solid var(--line)}
summary{display:flex;align-items:baseline;gap:12px;padding:14px 0;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary::after{content:"";width:8px;height:8px;margin-left:auto;border:solid var(--faint);border-width:0 1.8px 1.8px 0;
transform:rotate(45deg) translate(-3px,-3px);flex:none}
details[open]>summary::after{transform:rotate(-135deg) translate(-3px,-3px)}
summary:hover .name{text-decoration:underline;text-underline-offset:3px;text-decoration-color:var(--faint)}
summary .rank{width:20px;font-weight:680}
summary .name{font-weight:620;overflow-wrap:anywhere;min-width:0}
:focus-visible{outline:2px solid var(--sun);outline-offset:3px;border-radius:4px}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:14px;margin:6px 0 22px}
.panel{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:18px 20px;min-width:0}
.panel>:last-child{margin-bottom:0}
.panel .hint{font-size:13.5px;margin-top:10px}
table.plain{font-size:13.5px}
.plain td{padding:6px 8px 6px 0;border-bottom:0}
.plain th{padding:0 8px 5px 0}
.plain .num{padding-right:0;padding-left:8px}
.plain tbody tr:first-child td{padding-top:9px}
.quiet{color:var(--faint)}
.facts-list{display:grid;grid-template-columns:max-content 1fr;gap:5px 18px;margin:10px 0;font-size:13.5px}
dt{color:var(--faint)}dd{margin:0;min-width:0;overflow-wrap:anywhere}
.warning{border-left:3px solid var(--sun);background:var(--sun-wash);padding:7px 12px;border-radius:0 8px 8px 0;font-size:13.5px;
margin:8px 0;overflow-wrap:anywhere}
.strips{width:100%;height:auto}
.strips .grid{stroke:var(--line)}
.strips .tick{font-size:11.5px;fill:var(--faint)}
.strips circle.base{fill:var(--soft);opacity:.75}.strips circle.own{fill:var(--ranked);opacity:.8}
.strips circle.hollow{fill:none;stroke:currentColor;color:var(--faint);opacity:.8}
.strips .median{stroke-width:1.8}.strips line.base{stroke:var(--ink)}.strips line.own{stroke:var(--ranked)}
.key{display:flex;gap:18px;font-size:12.5px;color:var(--soft);margin:4px 0 0}
.key span::before{content:"";display:inline-block;width:8px;height:8px;border-radius:50%;margin-right:6px;background:var(--soft)}
.key .own::before{background:var(--ranked)}
.key .off::before{background:none;border:1.3px solid var(--faint)}
pre{background:var(--wash);border-radius:10px;padding:14px 16px;overflow-x:auto;line-height:1.7;margin:12px 0}
.chain ol{margin:0 0 14px;padding:0 0 0 22px;font-size:13px}
.chain li span{display:inline-block;min-width:7.5em}
.chain code{overflow-wrap:anywhere;color:var(--soft)}
)css";

// Phones and paper.
constexpr char kNarrow[] = R"css(
@media(max-width:720px){
header,main{padding:0 16px}header{padding-top:22px}
.outcome{padding:20px 18px;margin-top:24px}.outcome h2{font-size:24px}
.figures{grid-template-columns:1fr;gap:16px}
.figure{display:grid;grid-template-columns:auto 1fr;gap:0 14px;align-items:baseline}
.figure .note{grid-column:1/-1}
.number{font-size:36px}
.pairs .row{grid-template-columns:repeat(4,1fr);gap:8px}.pairs .row>:nth-child(n+6){display:none}.whose{grid-column:1/-1}
.plot.wide{display:none}.plot.narrow{display:block}
section{padding-top:36px}
.standings thead{display:none}
.standings table,.standings tbody{display:block}
.standings tr{display:grid;grid-template-columns:34px repeat(3,1fr);gap:10px 8px;padding:16px 0;border-top:1px solid var(--line)}
.standings td{display:block;border:0;padding:0!important;text-align:left;width:auto!important}
.standings td.entry{grid-column:2/-1}
.standings td.num::before{content:attr(data-title);display:block;font-size:12px;color:var(--faint)}
.standings td:nth-child(3){grid-column:2/4}.standings td:nth-child(4),.standings td:nth-child(7){grid-column:4}
.standings td:nth-child(5),.standings td:nth-child(8){grid-column:2}.standings td:nth-child(6){grid-column:3}
.standings tr:not(:has(.wide)):not(.baseline) td:nth-child(7){grid-column:2/4}
.standings tr.baseline td{background:none}.standings tr.baseline{background:var(--wash);padding:14px 12px;border-radius:10px}
.standings td.num:has(.none){display:none}
header .facts{display:block}header .facts span{display:block}header .facts span:not(:last-child)::after{content:none}
.bar{margin:4px 0 0}
.tiles{grid-template-columns:repeat(4,minmax(0,1fr));gap:12px 8px}
h3 small{display:block;margin:2px 0 0}
.panel{padding:15px 15px}
.panel:has(.plain){overflow-x:auto}
.facts-list{gap:5px 14px}
}
@media print{body{background:#fff}.outcome,.panel{break-inside:avoid}}
)css";

}  // namespace

Markup style_sheet() { return literal(kBase) + literal(kTop) + literal(kRest) + literal(kNarrow); }

}  // namespace noonmark::report
