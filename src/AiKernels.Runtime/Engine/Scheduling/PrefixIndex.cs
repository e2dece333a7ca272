using AiKernels.Cache;

namespace AiKernels.Runtime.Engine.Scheduling;

/// <summary>
/// Finds pages that already hold the keys and values of a sequence's beginning. Whole pages are found by a hash of their
/// tokens within their parent, and compared token by token, so that no collision can give one sequence another's pages;
/// pages that only begin alike, by comparing. Pages of different salts never meet.
/// </summary>
/// <remarks>
/// It remembers pages until the pool takes them again, and holds none itself. A page is released after those that follow it
/// (<see cref="BlockTable.Truncate"/>), so that the longest chains lose their ends first.
/// </remarks>
internal sealed class PrefixIndex
{
    private readonly Dictionary<string, PrefixEntry> _roots = [];
    private readonly Dictionary<(PrefixEntry Parent, int Hash), PrefixEntry> _whole = [];
    private readonly PrefixEntry?[] _byPage;
    private readonly int _pageLength;

    /// <summary>An empty index of so many pages.</summary>
    public PrefixIndex(int pages, int pageLength)
    {
        (_byPage, _pageLength) = (new PrefixEntry?[pages], pageLength);
        Pool = new PagePool(pages, Forget);
    }

    /// <summary>The pages; the index is told when one is taken again.</summary>
    public PagePool Pool { get; }

    /// <summary>Where sequences of a salt begin; for one of them, until <see cref="Leave"/>.</summary>
    public PrefixEntry Enter(string salt)
    {
        if (!_roots.TryGetValue(salt, out var root))
        {
            _roots[salt] = root = PrefixEntry.Root(salt);
        }

        root.Sequences++;
        return root;
    }

    /// <summary>A sequence that began at a root ended.</summary>
    public void Leave(PrefixEntry root)
    {
        root.Sequences--;
        DropIfUnused(root);
    }

    /// <summary>The whole page that holds the next tokens; null if none does.</summary>
    public PrefixEntry? Find(PrefixEntry parent, ReadOnlySpan<int> tokens) =>
        tokens.Length >= _pageLength
        && _whole.TryGetValue((parent, Hash(tokens[.._pageLength])), out var entry)
        && tokens.StartsWith(entry.Tokens)
            ? entry
            : null;

    /// <summary>The page that begins with the most of the next tokens, and how many those are; 0 if none does.</summary>
    public static (int Page, int Tokens) FindBeginning(PrefixEntry parent, ReadOnlySpan<int> tokens)
    {
        var (page, most) = (-1, 0);
        foreach (var child in parent.Children)
        {
            var common = tokens.CommonPrefixLength(child.Tokens);
            (page, most) = common > most ? (child.Page, common) : (page, most);
        }

        return (page, most);
    }

    /// <summary>Notes what a held page contains. Gives the entry of an equal page, if there is one already.</summary>
    /// <param name="parent">What stands before.</param>
    /// <param name="tokens">The tokens of its positions, at most a page's; more than before if the page was noted before.</param>
    /// <param name="page">The page.</param>
    public PrefixEntry Add(PrefixEntry parent, ReadOnlySpan<int> tokens, int page)
    {
        if (Find(parent, tokens) is { } equal)
        {
            return equal;
        }

        var entry = _byPage[page];
        if (entry is null)
        {
            _byPage[page] = entry = parent.Follow(page, tokens);
            Pool.Keep(page);
        }
        else
        {
            entry.Extend(tokens);
        }

        if (tokens.Length == _pageLength)
        {
            _whole.TryAdd((parent, Hash(tokens)), entry);
        }

        return entry;
    }

    /// <summary>Says that everything about the tree agrees; for tests.</summary>
    public bool IsConsistent() =>
        _whole.Values.All(entry => _byPage[entry.Page] == entry && entry.Tokens.Length == _pageLength)
        && _byPage.All(entry => entry is null || entry.Parent!.Children.Contains(entry))
        && _roots.Values.All(root => root.Sequences > 0 || root.Children.Count > 0);

    private static int Hash(ReadOnlySpan<int> tokens)
    {
        var hash = default(HashCode);
        hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(tokens));
        return hash.ToHashCode();
    }

    private void Forget(int page)
    {
        if (_byPage[page] is not { } entry)
        {
            return;
        }

        _byPage[page] = null;
        entry.Leave();
        if (entry.Tokens.Length == _pageLength)
        {
            var key = (entry.Parent!, Hash(entry.Tokens));
            if (_whole.TryGetValue(key, out var found) && found == entry)
            {
                _whole.Remove(key);
            }
        }

        DropIfUnused(entry.Parent!);
    }

    private void DropIfUnused(PrefixEntry entry)
    {
        if (entry.Parent is null && entry.Sequences == 0 && entry.Children.Count == 0)
        {
            _roots.Remove(entry.Salt);
        }
    }
}
