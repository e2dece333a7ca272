using System.Runtime.CompilerServices;

namespace AiKernels.Formats;

/// <summary>Single rows of a panel as stored blocks: a key goes in and comes out while its neighbours stay.</summary>
/// <typeparam name="TBlock">The format.</typeparam>
internal static unsafe class KeyPanel<TBlock>
    where TBlock : unmanaged, ICacheBlock<TBlock>
{
    /// <summary>Puts a row's blocks into a panel, over whatever stood there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Put(TBlock* blocks, int row, int columns, byte* panel)
    {
        for (var d = 0; d < columns; d += TBlock.Length, blocks++, panel += BlockPanel<TBlock>.SegmentBytes)
        {
            BlockPanel<TBlock>.PackChunk(TBlock.Codes(*blocks, 0), (uint*)panel + row);
            ((ushort*)(panel + BlockPanel<TBlock>.ScaleOffset))[row] = TBlock.ScaleBits(*blocks);
        }
    }

    /// <summary>The blocks of a panel's row, as they were put in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Get(byte* panel, int row, int columns, TBlock* blocks)
    {
        for (var d = 0; d < columns; d += TBlock.Length, blocks++, panel += BlockPanel<TBlock>.SegmentBytes)
        {
            var codes = BlockPanel<TBlock>.UnpackChunk((uint*)panel + row);
            *blocks = TBlock.FromCodes(codes, ((ushort*)(panel + BlockPanel<TBlock>.ScaleOffset))[row]);
        }
    }
}
