namespace AiKernels.Runtime.Engine.Scheduling;

/// <summary>Some tokens of a sequence that a step computes.</summary>
/// <param name="Sequence">The sequence.</param>
/// <param name="First">The position of the first one, which is the number of those computed before.</param>
/// <param name="Known">How many of its known tokens.</param>
/// <param name="Drafts">How many of its drafts, after all that are known.</param>
/// <param name="ReachesEnd">Whether a token is to be chosen after it: it has the last one known.</param>
internal readonly record struct PlannedChunk(ScheduledSequence Sequence, int First, int Known, int Drafts, bool ReachesEnd)
{
    /// <summary>Tokens of the chunk.</summary>
    public int Count => Known + Drafts;
}

/// <summary>What is done with a page before the step, in the order of the list.</summary>
internal enum PageAction
{
    /// <summary>Page <see cref="PageOperation.To"/> gets what <see cref="PageOperation.Page"/> holds.</summary>
    Copy,

    /// <summary>The page's first positions go to a sequence's <see cref="SwappedPages"/>.</summary>
    PutAway,

    /// <summary>They come back from there.</summary>
    BringBack,

    /// <summary>The page is overwritten with zeros.</summary>
    Clear,
}

/// <summary>Something to be done with a page.</summary>
/// <param name="Action">What.</param>
/// <param name="Page">The page.</param>
/// <param name="To">The page that a copy goes to.</param>
/// <param name="Swapped">Where pages are put away and come back from.</param>
/// <param name="Index">Which of those it is.</param>
/// <param name="Positions">How many of its positions count.</param>
internal readonly record struct PageOperation(
    PageAction Action, int Page, int To = -1, SwappedPages? Swapped = null, int Index = 0, int Positions = 0);

/// <summary>What the next step does. Reused from step to step.</summary>
internal sealed class StepPlan
{
    /// <summary>To be done first, in this order; whoever does it takes it out.</summary>
    public Queue<PageOperation> Pages { get; } = [];

    /// <summary>To be computed then, together.</summary>
    public List<PlannedChunk> Chunks { get; } = [];

    /// <summary>Tokens of all chunks.</summary>
    public int Tokens { get; private set; }

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => Pages.Count == 0 && Chunks.Count == 0;

    /// <summary>Forgets the chunks. What has to be done with pages stays, until it is done.</summary>
    public void Clear()
    {
        Chunks.Clear();
        Tokens = 0;
    }

    public void Add(PlannedChunk chunk)
    {
        Chunks.Add(chunk);
        Tokens += chunk.Count;
    }

    /// <summary>Takes a sequence's chunk out again, if it has one, and gives it.</summary>
    public PlannedChunk? Remove(ScheduledSequence sequence)
    {
        for (var i = 0; i < Chunks.Count; i++)
        {
            if (Chunks[i].Sequence == sequence)
            {
                var chunk = Chunks[i];
                Chunks.RemoveAt(i);
                Tokens -= chunk.Count;
                return chunk;
            }
        }

        return null;
    }
}

/// <summary>Pages of a sequence in the host's memory, as images.</summary>
/// <param name="positions">Positions that were computed.</param>
/// <param name="pages">Pages that hold them.</param>
internal sealed class SwappedPages(int positions, int pages)
{
    /// <summary>Positions that were computed.</summary>
    public int Positions { get; } = positions;

    /// <summary>An image of each page; null until it is put away.</summary>
    public byte[]?[] Images { get; } = new byte[pages][];

    /// <summary>Overwrites an image with zeros.</summary>
    public void Clear(int index) => Images[index].AsSpan().Clear();

    /// <summary>Overwrites all of them with zeros.</summary>
    public void Clear()
    {
        for (var index = 0; index < Images.Length; index++)
        {
            Clear(index);
        }
    }
}
