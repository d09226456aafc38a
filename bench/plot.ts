import * as echarts from "echarts";
import type { Result } from "./comparison";

const width = 760;
const rowHeight = 34;
const ours = "#1f6feb";
const other = "#8b949e";

/** Each result's ratio as a bar, with its spread, and a mark where its goal ends; an SVG text. */
export function plotOf(title: string, results: readonly Result[]): string {
  const chart = echarts.init(null, null, {
    renderer: "svg",
    ssr: true,
    width,
    height: 110 + rowHeight * results.length,
  });
  // The axis counts from below.
  const rows = [...results].reverse();
  chart.setOption({
    animation: false,
    // On a ground of its own, so that it can be read on a dark page too.
    backgroundColor: "#ffffff",
    title: {
      text: title,
      subtext: "ratio of the medians' rounds; line: spread; mark: goal",
      left: 8,
      top: 4,
    },
    grid: { left: 8, right: 32, top: 64, bottom: 8, containLabel: true },
    xAxis: { type: "value", min: 0 },
    yAxis: { type: "category", data: rows.map(({ name }) => name) },
    series: [
      {
        type: "bar",
        barWidth: 14,
        data: rows.map(({ ratio, goal }) => ({
          value: ratio.median,
          itemStyle: { color: goal === undefined ? other : ratio.median <= goal ? ours : "#cf222e" },
        })),
        label: { show: true, position: "insideLeft", color: "#ffffff", formatter: labelOf(rows) },
      },
      {
        type: "custom",
        data: rows.map(({ ratio, goal }, row) => [ratio.least, ratio.greatest, goal ?? -1, row]),
        encode: { x: [0, 1], y: 3 },
        renderItem: (_parameters: unknown, api: echarts.CustomSeriesRenderItemAPI) => spreadAndGoal(api),
      },
    ],
  } as echarts.EChartsOption);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function labelOf(rows: readonly Result[]) {
  return ({ dataIndex }: { dataIndex: number }) => (rows[dataIndex]?.ratio.median ?? 0).toFixed(2);
}

function spreadAndGoal(api: echarts.CustomSeriesRenderItemAPI): echarts.CustomSeriesRenderItemReturn {
  const [least, greatest, goal, row] = [0, 1, 2, 3].map((index) => Number(api.value(index))) as [
    number,
    number,
    number,
    number,
  ];
  const at = (value: number) => api.coord([value, row]) as [number, number];
  const [x1, y] = at(least);
  const [x2] = at(greatest);
  const line = (fromX: number, fromY: number, toX: number, toY: number, stroke: string) => ({
    type: "line" as const,
    shape: { x1: fromX, y1: fromY, x2: toX, y2: toY },
    style: { stroke, lineWidth: 2 },
  });
  const [goalX] = at(goal);
  return {
    type: "group",
    children: [
      line(x1, y, x2, y, "#24292f"),
      ...(goal < 0 ? [] : [line(goalX, y - 12, goalX, y + 12, "#1a7f37")]),
    ],
  };
}
