using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu;

/// <summary>
/// x -> int8 codes: t = amax / 127, a[i] = round-half-even(x[i] * (127 / amax)), per block, with what kernels want to
/// know of each token's codes beside them. An item is a row.
/// </summary>
/// <remarks>
/// Where 127 / amax has no finite value (amax is 0 or tiny, infinite or NaN) the codes are 0; t still is amax / 127, so
/// that a NaN or an infinity in x shows in every product with the block.
/// </remarks>
internal readonly unsafe struct QuantizeActivations<TSimd, TRegister>(Activations activations) : IWork
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private readonly ActivationLayout _layout = activations.Layout;

    // Each takes a division, which a group takes longer over than over its sum.
    private readonly int _pairsAt = activations.Layout.PairsAt;
    private readonly int _initialsAt = activations.Layout.InitialsAt;
    private readonly int _sumsPerGroup = activations.Layout.GroupLength / ActivationLayout.SumLength;

    public void Run(int item)
    {
        var source = activations.Floats.Row(item);
        var columns = activations.Floats.Columns;
        for (var column = 0; column < columns; column += ActivationLayout.RecordLength)
        {
            var record = activations.Record(column / ActivationLayout.RecordLength, item);
            var length = Math.Min(ActivationLayout.RecordLength, columns - column);
            QuantizeRecord(source + column, length, record);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void QuantizeRecord(float* source, int length, byte* record)
    {
        var scales = (float*)(record + ActivationLayout.ScalesAt);
        var blockLength = _layout.BlockLength;
        for (var i = 0; i < length; i += blockLength)
        {
            *scales++ = QuantizeBlock(source + i, blockLength, (sbyte*)record + i);
        }

        var sums = (short*)(record + ActivationLayout.SumsAt);
        var count = length / ActivationLayout.SumLength;
        for (var i = 0; i < count; i++)
        {
            sums[i] = SumOf16(record + (i * ActivationLayout.SumLength));
        }

        SumGroups(record, sums, count);
    }

    /// <summary>
    /// Of 16 codes the sums of 0, 1, 8 and 9, of 2, 3, 10 and 11 and so on, in 16 bits each: codes made unsigned by adding
    /// 128 are added eight at a time, and four of them can't overflow.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SumsOfPairs(byte* codes)
    {
        const ulong SignBits = 0x8080808080808080, EvenBytes = 0x00FF00FF00FF00FF;
        var (first, second) = (*(ulong*)codes ^ SignBits, *((ulong*)codes + 1) ^ SignBits);
        return (first & EvenBytes) + ((first >> 8) & EvenBytes) + (second & EvenBytes) + ((second >> 8) & EvenBytes);
    }

    /// <summary>The sum of 16 codes: a product with a one for each of the four sums adds them up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static short SumOf16(byte* codes)
    {
        const ulong Ones = 0x0001000100010001;
        return (short)((int)((SumsOfPairs(codes) * Ones) >> 48) - (ActivationLayout.SumLength * 128));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SumGroups(byte* record, short* sums, int count)
    {
        if (!_layout.HasMinimum && _layout.CodeOffset == 0)
        {
            return;
        }

        for (var (group, first) = (0, 0); first < count; group++, first += _sumsPerGroup)
        {
            var sum = 0;
            for (var i = 0; i < _sumsPerGroup; i++)
            {
                sum += sums[first + i];
            }

            if (_layout.HasMinimum)
            {
                ((short*)(record + _pairsAt))[group] = (short)sum;
            }

            if (_layout.CodeOffset != 0)
            {
                ((int*)(record + _initialsAt))[group] = _layout.HasPairedInitials
                    ? PairOfInitials((sbyte*)record + (group * _layout.GroupLength))
                    : -_layout.CodeOffset * sum;
            }
        }
    }

    /// <summary>-offset * the sum of a group's codes 0, 1, 4, 5 and so on, and in the upper half of 2, 3, 6, 7 and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PairOfInitials(sbyte* codes)
    {
        var (first, last) = (0, 0);
        for (var i = 0; i < _layout.GroupLength; i += ActivationLayout.SumLength)
        {
            const int bias = ActivationLayout.SumLength / 2 * 128;
            var sums = SumsOfPairs((byte*)codes + i);
            sums += sums >> 32;
            first += (ushort)sums - bias;
            last += (ushort)(sums >> 16) - bias;
        }

        return (ushort)(-_layout.CodeOffset * first) | ((-_layout.CodeOffset * last) << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float QuantizeBlock(float* source, int length, sbyte* codes)
    {
        var largest = LargestMagnitude(source, length);
        var inverse = 127 / largest;
        var usable = float.IsFinite(largest) && float.IsFinite(inverse);
        if (!usable)
        {
            new Span<sbyte>(codes, length).Clear();
            return largest / 127;
        }

        var factor = TSimd.Broadcast(inverse);
        for (var i = 0; i < length; i += TSimd.Lanes)
        {
            TSimd.StoreLowBytes(codes + i, TSimd.RoundToInt(TSimd.Multiply(TSimd.Load(source + i), factor)));
        }

        return largest / 127;
    }

    /// <summary>Compared as integers: without its sign bit a float orders like its bits, and NaN comes out on top.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float LargestMagnitude(float* source, int length)
    {
        var largest = TSimd.Broadcast(0);
        for (var i = 0; i < length; i += TSimd.Lanes)
        {
            largest = TSimd.MaxInt(largest, TSimd.And(TSimd.Load(source + i), TSimd.Broadcast(int.MaxValue)));
        }

        return BitConverter.Int32BitsToSingle(TSimd.LargestInt(largest));
    }
}
