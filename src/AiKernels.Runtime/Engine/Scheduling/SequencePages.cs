using System.Diagnostics;
using AiKernels.Cache;

namespace AiKernels.Runtime.Engine.Scheduling;

/// <summary>
/// The pages of running sequences: shared where sequences begin alike, copied where they part within a page, put away and
/// brought back, and remembered after their sequences are gone.
/// </summary>
/// <param name="options">How many there are.</param>
/// <param name="operations">Receives what has to be done with the memory itself.</param>
internal sealed class SequencePages(SchedulerOptions options, Queue<PageOperation> operations)
{
    private readonly PrefixIndex _index = new(options.Pages, options.PageLength);
    private int _swapped;

    /// <summary>Says that everything agrees; for tests.</summary>
    public bool IsConsistent => _index.IsConsistent();

    /// <summary>The pages.</summary>
    public PagePool Pool => _index.Pool;

    /// <summary>Pages in the host's memory.</summary>
    public int SwappedPages => _swapped;

    private int Length => options.PageLength;

    /// <summary>Gives a sequence a block table, and all whole pages that hold its beginning already.</summary>
    public void Begin(ScheduledSequence sequence)
    {
        sequence.Table = new BlockTable(Pool, Length, sequence.Tokens.Length);
        sequence.Chain = sequence.Root = _index.Enter(sequence.Salt);
        Find(sequence);
    }

    /// <summary>At the end of a page: takes the whole pages that others computed meanwhile.</summary>
    public void Find(ScheduledSequence sequence)
    {
        Debug.Assert(sequence.Table!.Capacity == sequence.Computed, "nothing is reserved beyond the page's end");
        while (_index.Find(sequence.Chain!, Uncomputed(sequence)) is { } entry)
        {
            sequence.Table!.Share(entry.Page);
            Follow(sequence, entry);
            sequence.Computed += Length;
            sequence.Reused += Length;
        }
    }

    /// <summary>At the end of a page: how many of the next tokens a page begins with that isn't theirs altogether.</summary>
    public static (int Page, int Tokens) FindBeginning(ScheduledSequence sequence) =>
        PrefixIndex.FindBeginning(sequence.Chain!, Uncomputed(sequence));

    /// <summary>At the end of a page: takes a new one that begins as another does.</summary>
    public bool TryCopy(ScheduledSequence sequence, (int Page, int Tokens) beginning)
    {
        Pool.Share(beginning.Page); // Or it might be the very one that is taken.
        var isTaken = sequence.Table!.TryReserve(sequence.Computed + beginning.Tokens);
        Pool.Return(beginning.Page);
        if (isTaken)
        {
            operations.Enqueue(new PageOperation(PageAction.Copy, beginning.Page, To: sequence.Table.Pages[^1]));
            sequence.Computed += beginning.Tokens;
            sequence.Reused += beginning.Tokens;
        }

        return isTaken;
    }

    /// <summary>At the end of a page: brings back what was put away, into pages that are reserved.</summary>
    public void BringBack(ScheduledSequence sequence)
    {
        var swapped = sequence.Swapped!;
        var table = sequence.Table!;
        for (var index = sequence.Computed / Length; index * Length < swapped.Positions; index++)
        {
            operations.Enqueue(Operation(PageAction.BringBack, table, swapped, index));
        }

        sequence.Reused += swapped.Positions - sequence.Computed;
        sequence.Computed = swapped.Positions;
        Forget(sequence); // The operations have it.
        PublishWhole(sequence);
    }

    /// <summary>Tokens were computed: what they filled can be found from now on.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="computed">How many of its tokens are computed now.</param>
    /// <param name="isPromptsEnd">Whether others may be about to go on from exactly here.</param>
    public void Advance(ScheduledSequence sequence, int computed, bool isPromptsEnd)
    {
        sequence.Computed = computed;
        PublishWhole(sequence);
        if (isPromptsEnd)
        {
            PublishPart(sequence);
        }
    }

    /// <summary>Takes a running sequence's pages away. What they hold can still be found for a while.</summary>
    public void Release(ScheduledSequence sequence)
    {
        PublishPart(sequence);
        foreach (var page in sequence.Table!.Pages)
        {
            ClearIfLast(page);
        }

        sequence.Table.Truncate(0);
        _index.Leave(sequence.Root!);
        sequence.Table = null;
        sequence.Chain = sequence.Root = null;
        sequence.Computed = sequence.WholePages = sequence.Reused = 0;
    }

    /// <summary>Copies a running sequence's pages to the host's memory before they are released, if there is room.</summary>
    public void PutAway(ScheduledSequence sequence)
    {
        var table = sequence.Table!;
        var pages = (sequence.Computed + Length - 1) / Length;
        if (sequence.Swapped?.Positions >= sequence.Computed)
        {
            return; // What was put away the last time was not even brought back.
        }

        Drop(sequence);
        if (pages == 0 || _swapped + pages > options.SwapPages)
        {
            return;
        }

        _swapped += pages;
        var swapped = sequence.Swapped = new SwappedPages(sequence.Computed, pages);
        for (var index = 0; index < pages; index++)
        {
            operations.Enqueue(Operation(PageAction.PutAway, table, swapped, index));
        }
    }

    /// <summary>Counts what a sequence brings with it.</summary>
    public void Adopt(ScheduledSequence sequence) => _swapped += sequence.Swapped?.Images.Length ?? 0;

    /// <summary>What was put away is not needed any more.</summary>
    public void Drop(ScheduledSequence sequence)
    {
        if (options.ClearsPages)
        {
            sequence.Swapped?.Clear();
        }

        Forget(sequence);
    }

    private void Forget(ScheduledSequence sequence)
    {
        _swapped -= sequence.Swapped?.Images.Length ?? 0;
        sequence.Swapped = null;
    }

    /// <summary>Whatever pages hold is overwritten, if that is wanted of pages that nobody holds.</summary>
    public void ClearAll()
    {
        for (var page = 0; page < Pool.Pages && options.ClearsPages; page++)
        {
            operations.Enqueue(new PageOperation(PageAction.Clear, page));
        }
    }

    /// <summary>The tokens after those computed, except for the last known one: its logits are wanted.</summary>
    private static ReadOnlySpan<int> Uncomputed(ScheduledSequence sequence) => sequence.Tokens[sequence.Computed..^1];

    private static void Follow(ScheduledSequence sequence, PrefixEntry entry)
    {
        sequence.Chain = entry;
        sequence.WholePages++;
    }

    private PageOperation Operation(PageAction action, BlockTable table, SwappedPages swapped, int index) => new(
        action,
        table.Pages[index],
        Swapped: swapped,
        Index: index,
        Positions: Math.Min(Length, swapped.Positions - (index * Length)));

    private void PublishWhole(ScheduledSequence sequence)
    {
        var table = sequence.Table!;
        for (var start = sequence.WholePages * Length; start + Length <= sequence.Computed; start += Length)
        {
            var page = table.Pages[start / Length];
            var entry = _index.Add(sequence.Chain!, sequence.Tokens.Slice(start, Length), page);
            if (entry.Page != page)
            {
                ClearIfLast(page); // Two computed the same at once: one of the two pages is enough.
                table.Replace(start / Length, entry.Page);
            }

            Follow(sequence, entry);
        }
    }

    private void PublishPart(ScheduledSequence sequence)
    {
        var start = sequence.Computed / Length * Length;
        var tokens = sequence.Tokens[start..sequence.Computed];
        if (tokens.Length > 0 && PrefixIndex.FindBeginning(sequence.Chain!, tokens).Tokens < tokens.Length)
        {
            _index.Add(sequence.Chain!, tokens, sequence.Table!.Pages[start / Length]);
        }
    }

    private void ClearIfLast(int page)
    {
        if (options.ClearsPages && Pool.Holders(page) == 1)
        {
            Pool.Discard(page);
            operations.Enqueue(new PageOperation(PageAction.Clear, page));
        }
    }
}
