using System.Runtime.InteropServices;
using AiKernels.Runtime.Engine.Scheduling;

namespace AiKernels.Runtime.Tests.Engine.Scheduling;

/// <summary>
/// Pages that hold, in the place of keys and values, a number for all that these depend on: the salt and every token up to
/// the position. Another sequence's page, a page that was not copied before it was written, or one that was never computed
/// has another number there.
/// </summary>
internal sealed class PretendedMemory(int pages, int pageLength)
{
    private readonly ulong[] _numbers = new ulong[pages * pageLength];

    /// <summary>The number of a position, from that of the one before.</summary>
    public static ulong Next(ulong before, int token)
    {
        var mixed = (before ^ (uint)token) * 0x9E3779B97F4A7C15;
        return mixed ^ (mixed >> 29);
    }

    /// <summary>The number before the first position.</summary>
    public static ulong Start(string salt) => salt.Aggregate(0x12345678ul, (number, letter) => Next(number, letter));

    /// <summary>A position's place.</summary>
    public ref ulong At(ScheduledSequence sequence, int position) =>
        ref _numbers[(sequence.Table!.Pages[position / pageLength] * pageLength) + (position % pageLength)];

    /// <summary>Does what a plan says.</summary>
    public void Run(PageOperation operation)
    {
        var page = Page(operation.Page);
        switch (operation.Action)
        {
            case PageAction.Copy:
                page.CopyTo(Page(operation.To));
                break;
            case PageAction.PutAway:
                operation.Swapped!.Images[operation.Index] = MemoryMarshal.AsBytes(page[..operation.Positions]).ToArray();
                break;
            case PageAction.BringBack:
                MemoryMarshal.Cast<byte, ulong>(operation.Swapped!.Images[operation.Index]).CopyTo(page[..operation.Positions]);
                break;
            default:
                page.Clear();
                break;
        }
    }

    /// <summary>What a sequence's first positions would be, put away.</summary>
    public SwappedPages PutAway(SimulatedRequest request, int positions)
    {
        var swapped = new SwappedPages(positions, (positions + pageLength - 1) / pageLength);
        for (var index = 0; index < swapped.Images.Length; index++)
        {
            var first = index * pageLength;
            ulong[] numbers = [.. Enumerable.Range(first, Math.Min(pageLength, positions - first)).Select(request.NumberAt)];
            swapped.Images[index] = MemoryMarshal.AsBytes<ulong>(numbers).ToArray();
        }

        return swapped;
    }

    /// <summary>Whether a page is all zeros.</summary>
    public bool IsClear(int page) => !Page(page).ContainsAnyExcept(0ul);

    private Span<ulong> Page(int page) => _numbers.AsSpan(page * pageLength, pageLength);
}
