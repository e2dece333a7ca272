namespace AiKernels.Gpu.Benchmarks.Reports;

/// <summary>A table that is aligned as it stands: the first column to the left, the others to the right.</summary>
internal static class MarkdownTable
{
    public static string Write(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        var widths = columns.Select((name, column) => rows.Select(row => row[column].Length).Append(name.Length).Max()).ToArray();
        string Line(IEnumerable<string> cells) =>
            $"| {string.Join(" | ", cells.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column])))} |\n";
        return string.Concat(
            [Line(columns), Line(widths.Select((width, column) => column == 0 ? new string('-', width) : new string('-', width - 1) + ":")), .. rows.Select(Line)]);
    }
}
