namespace AiKernels.Runtime.Engine;

/// <summary>
/// Lets text through up to the first stop string, holding back what may be the beginning of one.
/// </summary>
/// <remarks>Not thread-safe. The engine has one for what it gives out; a host that cuts an answer up has one for each part.</remarks>
/// <param name="stops">The stop strings; empty ones never match.</param>
/// <example>
/// <code>
/// var filter = new StopStringFilter(["END"]);
/// Console.Write(filter.Append("so it E") + filter.Append("NDs") + filter.Flush()); // so it
/// </code>
/// </example>
public sealed class StopStringFilter(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>Whether a stop string appeared.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes text and gives what is certain to stand before any stop string; nothing once one has appeared.</summary>
    public string Append(string text)
    {
        if (Stopped)
        {
            return "";
        }

        _held += text;
        var (end, whole) = (_held.Length, int.MaxValue);
        foreach (var stop in stops)
        {
            // Of several the one that is whole first counts, and of those the longest: however the text is cut.
            var at = stop.Length == 0 ? -1 : _held.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (at + stop.Length, at).CompareTo((whole, end)) < 0)
            {
                (Stopped, end, whole) = (true, at, at + stop.Length);
            }
        }

        var certain = Stopped ? end : _held.Length - LongestBeginning();
        var result = _held[..certain];
        _held = Stopped ? "" : _held[certain..];
        return result;
    }

    /// <summary>What was held back, when no more text comes.</summary>
    public string Flush()
    {
        var held = _held;
        _held = "";
        return held;
    }

    /// <summary>The longest end of the held text that a stop string begins with.</summary>
    private int LongestBeginning()
    {
        var longest = 0;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, _held.Length); length > longest; length--)
            {
                if (_held.AsSpan(_held.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                {
                    longest = length;
                }
            }
        }

        return longest;
    }
}
