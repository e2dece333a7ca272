using Iced.Intel;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Emits the fetching of the next piece of the weight from memory while products are made: some cache lines at a time,
/// since a core waits for few at once.
/// </summary>
/// <param name="a">Where to.</param>
/// <param name="shape">The format.</param>
/// <param name="next">Register: what is fetched next of one panel.</param>
/// <param name="end">Register: the end of that piece.</param>
/// <param name="second">Register: the distance to the other panel's.</param>
internal sealed class NextPiece(VectorAssembler a, BlockShape shape, Register next, Register end, Register second)
{
    private const int CacheLine = 64;

    /// <summary>
    /// Fetches so much that all is there after <paramref name="times"/> times. Then the last lines come again, which costs
    /// nothing.
    /// </summary>
    public void Fetch(int times)
    {
        var lines = (shape.RecordBytes / CacheLine / times) + 1;
        for (var line = 0; line < lines; line++)
        {
            a.Prefetch(new Address(next, line * CacheLine));
            a.Prefetch(new Address(next, line * CacheLine, second));
        }

        a.Add(next, lines * CacheLine);
        a.Minimum(next, end);
    }
}
