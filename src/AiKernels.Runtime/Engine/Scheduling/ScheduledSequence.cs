using System.Runtime.InteropServices;
using AiKernels.Cache;

namespace AiKernels.Runtime.Engine.Scheduling;

/// <summary>What the scheduler knows of a sequence: its tokens, and how far keys and values of them are stored.</summary>
/// <remarks>
/// There are no phases. A sequence has tokens that are known and tokens that are computed; a step computes some of what is
/// missing. A prompt misses many, an answer that is being generated misses one, which is the token chosen last.
/// </remarks>
internal class ScheduledSequence
{
    private readonly List<int> _tokens;

    public ScheduledSequence(ReadOnlySpan<int> prompt, int expectedTokens = 0)
    {
        _tokens = new List<int>(Math.Max(prompt.Length, expectedTokens));
        _tokens.AddRange(prompt);
    }

    /// <summary>Who asks; tenants get equal shares.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Only sequences of the same salt share pages.</summary>
    public string Salt { get; init; } = "";

    /// <summary>The larger, the sooner.</summary>
    public int Priority { get; init; }

    /// <summary>Whether tokens are chosen to follow it. Otherwise it keeps its pages, once they are computed, until it is removed.</summary>
    public bool IsAnswered { get; init; } = true;

    /// <summary>When it came.</summary>
    public TimeSpan Arrival { get; init; }

    /// <summary>The order in which sequences came, given by the scheduler: earlier ones keep their pages.</summary>
    public long Number { get; set; }

    /// <summary>All tokens that are known.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Tokens, from the first on, whose keys and values are stored.</summary>
    public int Computed { get; set; }

    /// <summary>Tokens that are known and not computed.</summary>
    public int Missing => _tokens.Count - Computed;

    /// <summary>Tokens that somebody guesses to follow the known ones, to be computed with the last of these.</summary>
    public ReadOnlyMemory<int> Drafts { get; set; }

    /// <summary>Where the computed tokens are; null while it waits.</summary>
    public BlockTable? Table { get; set; }

    /// <summary>The last of its whole pages, as the index knows it; null while it waits.</summary>
    public PrefixEntry? Chain { get; set; }

    /// <summary>How many pages that is.</summary>
    public int WholePages { get; set; }

    /// <summary>Where its tree begins; null while it waits.</summary>
    public PrefixEntry? Root { get; set; }

    /// <summary>Pages that were put away when it lost them, from its first one on.</summary>
    public SwappedPages? Swapped { get; set; }

    /// <summary>Computed tokens that were found in memory, or brought back, since it was admitted the last time.</summary>
    public int Reused { get; set; }

    /// <summary>How often it lost its pages to others.</summary>
    public int Preemptions { get; set; }

    /// <summary>Whether it has been admitted.</summary>
    public bool IsRunning => Table is not null;

    /// <summary>A token follows.</summary>
    public void Append(int token) => _tokens.Add(token);
}
