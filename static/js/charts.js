// Draws the charts of a dashboard, each from the table below it, so that both always say the same.
// Colours after Okabe and Ito, with patterns, so that nothing is told by colour alone.

const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7f8b99"];
const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';
const TEN_THOUSAND = 10000;
// On paper the picture of the screen is scaled down (dashboard.css).
const PAPER = window.matchMedia("print");

/** The labels, the series and their names that a table's body holds; columns count from 1. */
function readTable(table, columns) {
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows];
  return {
    title: table.caption.textContent.trim(),
    labels: rows.map((row) => row.cells[0].textContent.trim()),
    series: columns.map((column) => ({
      name: heads[column],
      data: rows.map((row) => (row.cells[column].dataset.value ? Number(row.cells[column].dataset.value) : null)),
    })),
  };
}

/** A figure for an axis: 12 万, 3.5 亿. */
function short(value) {
  const size = Math.abs(value);
  if (size >= TEN_THOUSAND * TEN_THOUSAND) return `${Number((value / TEN_THOUSAND / TEN_THOUSAND).toFixed(1))} 亿`;
  if (size >= TEN_THOUSAND) return `${Number((value / TEN_THOUSAND).toFixed(1))} 万`;
  return String(value);
}

/** What ECharts is asked to draw. */
function optionOf(kind, { title, labels, series }, large) {
  const size = large ? 18 : 14;
  const text = { fontFamily: FONT, fontSize: size, color: "#1f2a37" };
  const many = labels.length > 8;
  return {
    color: COLOURS,
    textStyle: text,
    animation: false,
    aria: { enabled: true, label: { description: `${title}，数据见下表。` }, decal: { show: kind !== "line" } },
    grid: { left: 16, right: 24, top: 52, bottom: 12, containLabel: true },
    legend: { type: "scroll", top: 8, textStyle: text, itemGap: 18 },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      axisPointer: { type: kind === "line" ? "line" : "shadow" },
      textStyle: { ...text, fontSize: size - 1 },
      valueFormatter: (value) => (value === null || value === undefined ? "—" : value.toLocaleString("zh-CN")),
    },
    xAxis: {
      type: "category",
      data: labels,
      axisLabel: { ...text, hideOverlap: kind === "line", interval: kind === "line" ? "auto" : 0, rotate: many && kind !== "line" ? 40 : 0, width: 120, overflow: "truncate" },
    },
    yAxis: { type: "value", minInterval: 1, axisLabel: { ...text, formatter: short }, splitLine: { lineStyle: { color: "#e6eaef" } } },
    series: series.map((one, index) => ({
      ...one,
      type: kind === "line" ? "line" : "bar",
      stack: kind === "stacked" ? "sum" : undefined,
      barMaxWidth: 42,
      symbol: ["circle", "rect", "triangle", "diamond"][index % 4],
      symbolSize: 8,
      lineStyle: { width: 3, type: ["solid", "dashed", "dotted", "solid"][index % 4] },
    })),
  };
}

function draw(box) {
  const table = document.getElementById(box.dataset.table);
  if (!table || !window.echarts || !table.tBodies[0].rows.length) return;
  const columns = box.dataset.columns.split(" ").map(Number);
  box.hidden = false;
  const chart = window.echarts.init(box, null, { renderer: "canvas" });
  chart.setOption(optionOf(box.dataset.chart, readTable(table, columns), "large" in box.dataset));
  new ResizeObserver(() => PAPER.matches || chart.resize()).observe(box);
}

document.querySelectorAll("[data-chart]").forEach(draw);
