using System.Globalization;
using System.Security;
using System.Text;

namespace AiKernels.Benchmarks.Reports;

/// <summary>A drawing as an SVG file: lines, circles and words, in pixels from the upper left corner.</summary>
internal sealed class Svg
{
    private readonly StringBuilder _text = new();

    /// <summary>An empty white sheet.</summary>
    public Svg(int width, int height)
    {
        _text.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="13">
            <rect width="{width}" height="{height}" fill="white"/>

            """);
    }

    public void Line(double x1, double y1, double x2, double y2, string color, double width = 1) =>
        _text.Append(CultureInfo.InvariantCulture,
            $"""<line x1="{x1:F1}" y1="{y1:F1}" x2="{x2:F1}" y2="{y2:F1}" stroke="{color}" stroke-width="{width:F1}"/>""").Append('\n');

    /// <summary>A circle, with words that show when it is pointed at.</summary>
    public void Circle(double x, double y, double radius, string fill, string stroke, string title) =>
        _text.Append(CultureInfo.InvariantCulture,
            $"""<circle cx="{x:F1}" cy="{y:F1}" r="{radius:F1}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"><title>{SecurityElement.Escape(title)}</title></circle>""").Append('\n');

    /// <param name="x">Where it is anchored.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">The words.</param>
    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    /// <param name="color">The colour.</param>
    public void Text(double x, double y, string text, string anchor = "start", string color = "#333") =>
        _text.Append(CultureInfo.InvariantCulture,
            $"""<text x="{x:F1}" y="{y:F1}" text-anchor="{anchor}" fill="{color}">{SecurityElement.Escape(text)}</text>""").Append('\n');

    /// <summary>The whole file.</summary>
    public override string ToString() => $"{_text}</svg>\n";
}
