namespace AiKernels.Runtime.Engine.Scheduling;

/// <summary>
/// A page whose keys and values are known to be those of some tokens after its parent's: a node of the tree of all
/// beginnings that are still in memory. The root of a tenant's tree stands for no tokens and has no page.
/// </summary>
internal sealed class PrefixEntry
{
    private readonly List<PrefixEntry> _children = [];

    private PrefixEntry(PrefixEntry? parent, string salt, int page, int[] tokens)
    {
        (Parent, Salt, Page, Tokens) = (parent, salt, page, tokens);
    }

    /// <summary>What stands before; null for a root.</summary>
    public PrefixEntry? Parent { get; }

    /// <summary>Whose tree it is.</summary>
    public string Salt { get; }

    /// <summary>The page.</summary>
    public int Page { get; }

    /// <summary>The tokens of the page's positions, from the first one on; fewer than a page has if it was never filled.</summary>
    public int[] Tokens { get; private set; }

    /// <summary>Of a root: sequences that began there and have not ended.</summary>
    public int Sequences { get; set; }

    /// <summary>Entries whose tokens follow.</summary>
    public IReadOnlyList<PrefixEntry> Children => _children;

    /// <summary>The beginning of a tree.</summary>
    public static PrefixEntry Root(string salt) => new(null, salt, page: -1, []);

    /// <summary>Adds an entry that follows this one.</summary>
    public PrefixEntry Follow(int page, ReadOnlySpan<int> tokens)
    {
        var child = new PrefixEntry(this, Salt, page, tokens.ToArray());
        _children.Add(child);
        return child;
    }

    /// <summary>The page got more tokens after those it had.</summary>
    public void Extend(ReadOnlySpan<int> tokens) => Tokens = tokens.ToArray();

    /// <summary>Leaves the tree. What follows it can't be found any more.</summary>
    public void Leave() => Parent!._children.Remove(this);
}
