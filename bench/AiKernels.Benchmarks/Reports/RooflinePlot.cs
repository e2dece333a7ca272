using System.Globalization;
using AiKernels.Cpu;

namespace AiKernels.Benchmarks.Reports;

/// <summary>A measurement under a roofline.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Intensity">Operations for each byte that has to be read.</param>
/// <param name="Ours">Operations per second, ours.</param>
/// <param name="Peer">Operations per second, the peer's.</param>
internal sealed record RooflinePoint(string Label, double Intensity, double Ours, double Peer);

/// <summary>
/// A roofline plot: operations per second over operations per byte, both logarithmic, under the slope of the memory and the
/// ceiling of the multipliers.
/// </summary>
internal sealed class RooflinePlot
{
    private const int Width = 980, Height = 560, Left = 80, Right = 700, Top = 50, Bottom = 500;
    private const int LegendLeft = 720, LegendLine = 24, TickGap = 8;
    private const double Radius = 9;
    private const string OursColor = "#1f6feb", PeerColor = "#d9730d", RoofColor = "#222", GridColor = "#e2e2e2";

    private readonly string _title;
    private readonly Roofline _roofline;
    private readonly IReadOnlyList<RooflinePoint> _points;

    // Powers of ten at the axes' ends.
    private readonly (int Low, int High) _x, _y;

    /// <param name="title">What is plotted.</param>
    /// <param name="roofline">The machine.</param>
    /// <param name="points">The measurements, at least one.</param>
    public RooflinePlot(string title, Roofline roofline, IReadOnlyList<RooflinePoint> points)
    {
        (_title, _roofline, _points) = (title, roofline, points);
        var ridge = roofline.OperationsPerSecond / roofline.BytesPerSecond;
        _x = Decades([ridge, .. points.Select(point => point.Intensity)]);
        _y = Decades([roofline.OperationsPerSecond, .. points.SelectMany(point => (double[])[point.Ours, point.Peer])]);
    }

    /// <summary>The plot as an SVG file.</summary>
    public string Draw()
    {
        var svg = new Svg(Width, Height);
        svg.Text((Left + Right) / 2, Top - 20, _title, "middle");
        DrawAxes(svg);
        DrawRoof(svg);
        DrawPoints(svg);
        return svg.ToString();
    }

    /// <summary>Where an intensity lies, in pixels.</summary>
    internal double X(double intensity) => Left + ((Right - Left) * Share(intensity, _x));

    /// <summary>Where a speed lies, in pixels.</summary>
    internal double Y(double operations) => Bottom - ((Bottom - Top) * Share(operations, _y));

    private static double Share(double value, (int Low, int High) decades) =>
        (Math.Log10(value) - decades.Low) / (decades.High - decades.Low);

    private static (int Low, int High) Decades(double[] values)
    {
        var low = (int)Math.Floor(Math.Log10(values.Min()));
        return (low, Math.Max((int)Math.Ceiling(Math.Log10(values.Max())), low + 1));
    }

    private void DrawAxes(Svg svg)
    {
        for (var power = _x.Low; power <= _x.High; power++)
        {
            var x = X(Math.Pow(10, power));
            svg.Line(x, Top, x, Bottom, GridColor);
            svg.Text(x, Bottom + 18, Math.Pow(10, power).ToString("#,0.###", CultureInfo.InvariantCulture), "middle");
        }

        for (var power = _y.Low; power <= _y.High; power++)
        {
            var y = Y(Math.Pow(10, power));
            svg.Line(Left, y, Right, y, GridColor);
            svg.Text(Left - TickGap, y + 4, Speed(Math.Pow(10, power)), "end");
        }

        svg.Text((Left + Right) / 2, Bottom + 42, "operations per byte of weights, keys and values", "middle");
    }

    private void DrawRoof(Svg svg)
    {
        var (bandwidth, peak) = (_roofline.BytesPerSecond, _roofline.OperationsPerSecond);

        // The slope begins where it enters the sheet: at the left or at the bottom.
        var start = Math.Max(Math.Pow(10, _x.Low), Math.Pow(10, _y.Low) / bandwidth);
        svg.Line(X(start), Y(start * bandwidth), X(peak / bandwidth), Y(peak), RoofColor, 2);
        svg.Line(X(peak / bandwidth), Y(peak), Right, Y(peak), RoofColor, 2);
        svg.Text(LegendLeft, Top, $"memory {(bandwidth / 1e9).ToString("F1", CultureInfo.InvariantCulture)} GB/s");
        svg.Text(LegendLeft, Top + LegendLine, $"multipliers {Speed(peak)}, {_roofline.MultiplyUnit}");
    }

    private void DrawPoints(Svg svg)
    {
        var line = Top + (3 * LegendLine);
        void Legend(string color, string text, string number)
        {
            svg.Circle(LegendLeft + Radius, line - 4, Radius, color, color, text);
            svg.Text(LegendLeft + Radius, line, number, "middle", "white");
            svg.Text(LegendLeft + (3 * Radius), line, text);
            line += LegendLine;
        }

        Legend(OursColor, "AiKernels", "");
        Legend(PeerColor, "llama.cpp", "");
        for (var i = 0; i < _points.Count; i++)
        {
            var (label, intensity, ours, peer) = _points[i];
            // A little beside each other: equally fast ones would hide each other.
            DrawPoint(svg, X(intensity) - (Radius / 2), Y(peer), PeerColor, $"{i + 1}", $"llama.cpp, {label}: {Speed(peer)}");
            DrawPoint(svg, X(intensity) + (Radius / 2), Y(ours), OursColor, $"{i + 1}", $"AiKernels, {label}: {Speed(ours)}");
            Legend("#888", label, $"{i + 1}");
        }
    }

    private static void DrawPoint(Svg svg, double x, double y, string color, string number, string title)
    {
        svg.Circle(x, y, Radius, color, "white", title);
        svg.Text(x, y + 4, number, "middle", "white");
    }

    private static string Speed(double operations) => operations >= 1e12
        ? $"{(operations / 1e12).ToString("G3", CultureInfo.InvariantCulture)} TOPS"
        : $"{(operations / 1e9).ToString("G3", CultureInfo.InvariantCulture)} GOPS";
}
