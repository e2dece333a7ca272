using System.Globalization;
using System.Xml.Linq;
using AiKernels.Benchmarks.Reports;
using AiKernels.Cpu;
using Xunit;

namespace AiKernels.Benchmarks.Tests;

public class RooflinePlotTests
{
    // The ridge is at 100 operations per byte.
    private static readonly Roofline Machine = new(1e10, 4, 1e12, "a <unit> & more");

    private static readonly RooflinePoint[] Points = [new("decode", 2, 1e10, 2e9), new("prefill", 1000, 5e11, 1e11)];

    private readonly RooflinePlot _plot = new("a title", Machine, Points);

    [Fact]
    public void Both_axes_are_logarithmic()
    {
        Assert.Equal(_plot.X(10) - _plot.X(1), _plot.X(1000) - _plot.X(100), 9);
        Assert.Equal(_plot.Y(1e10) - _plot.Y(1e11), _plot.Y(1e11) - _plot.Y(1e12), 9);
        Assert.True(_plot.X(10) > _plot.X(1) && _plot.Y(1e10) > _plot.Y(1e11), "axes point right and up");
    }

    [Fact]
    public void The_roof_is_the_memorys_slope_up_to_the_ridge_and_then_the_multipliers_ceiling()
    {
        var lines = Elements("line").Where(line => (string?)line.Attribute("stroke-width") == "2.0").ToArray();
        Assert.Equal(2, lines.Length);
        AssertAt(lines[0], "x1", _plot.X(1));
        AssertAt(lines[0], "y1", _plot.Y(1e10));
        AssertAt(lines[0], "x2", _plot.X(100));
        AssertAt(lines[0], "y2", _plot.Y(1e12));
        AssertAt(lines[1], "x1", _plot.X(100));
        AssertAt(lines[1], "y1", _plot.Y(1e12));
        AssertAt(lines[1], "y2", _plot.Y(1e12));
    }

    [Fact]
    public void Each_measurement_is_a_point_of_ours_and_one_of_the_peers()
    {
        foreach (var (label, y) in new[] { ("AiKernels, decode: 10 GOPS", 1e10), ("llama.cpp, decode: 2 GOPS", 2e9), ("AiKernels, prefill: 500 GOPS", 5e11) })
        {
            var circle = Assert.Single(Elements("circle"), circle => circle.Value == label);
            AssertAt(circle, "cy", _plot.Y(y));
        }
    }

    [Fact]
    public void Words_are_escaped() =>
        Assert.Contains(Elements("text"), text => text.Value.EndsWith("1 TOPS, a <unit> & more", StringComparison.Ordinal));

    [Fact]
    public void Everything_lies_on_the_sheet()
    {
        var (width, height) = (980, 560);
        foreach (var circle in Elements("circle"))
        {
            Assert.InRange(Number(circle, "cx"), 0, width);
            Assert.InRange(Number(circle, "cy"), 0, height);
        }
    }

    private static void AssertAt(XElement element, string coordinate, double expected) =>
        Assert.Equal(expected, Number(element, coordinate), 0.06); // Written with one decimal.

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private IEnumerable<XElement> Elements(string name) =>
        XDocument.Parse(_plot.Draw()).Descendants().Where(element => element.Name.LocalName == name);
}
