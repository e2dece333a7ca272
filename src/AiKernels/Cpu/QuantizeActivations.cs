using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
        for (var i = 0; i < length; i += ActivationLayout.SumLength)
        {
            var (low, high) = Vector128.Widen(Vector128.Load((sbyte*)record + i));
            sums[i / ActivationLayout.SumLength] = Vector128.Sum(low + high);
        }

        SumGroups(record, sums, length);
    }

    private void SumGroups(byte* record, short* sums, int length)
    {
        if (!_layout.HasMinimum && _layout.CodeOffset == 0)
        {
            return;
        }

        var perGroup = _layout.GroupLength / ActivationLayout.SumLength;
        for (var group = 0; group < length / _layout.GroupLength; group++)
        {
            var sum = 0;
            for (var i = 0; i < perGroup; i++)
            {
                sum += sums[(group * perGroup) + i];
            }

            if (_layout.HasMinimum)
            {
                ((short*)(record + _layout.PairsAt))[group] = (short)sum;
            }

            if (_layout.CodeOffset != 0)
            {
                var codes = (sbyte*)record + (group * _layout.GroupLength);
                ((int*)(record + _layout.InitialsAt))[group] =
                    _layout.HasPairedInitials ? PairOfInitials(codes) : -_layout.CodeOffset * sum;
            }
        }
    }

    private int PairOfInitials(sbyte* codes)
    {
        var (first, last) = (0, 0);
        for (var i = 0; i < _layout.GroupLength; i += Vector128<sbyte>.Count)
        {
            var neighbours = Vector128.Load((short*)(codes + i));
            var sums = (((neighbours << 8) >> 8) + (neighbours >> 8)).AsInt32();
            first += Vector128.Sum((sums << 16) >> 16);
            last += Vector128.Sum(sums >> 16);
        }

        return (ushort)(-_layout.CodeOffset * first) | ((-_layout.CodeOffset * last) << 16);
    }

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
    private static float LargestMagnitude(float* source, int length)
    {
        var largest = TSimd.Broadcast(0);
        for (var i = 0; i < length; i += TSimd.Lanes)
        {
            largest = TSimd.MaxInt(largest, TSimd.And(TSimd.Load(source + i), TSimd.Broadcast(int.MaxValue)));
        }

        return BitConverter.Int32BitsToSingle(LargestLane(largest));
    }

    private static int LargestLane(TRegister register)
    {
        var lanes = stackalloc int[Math.Max(TSimd.Lanes, Vector128<int>.Count)];
        Vector128<int>.Zero.Store(lanes); // None is negative.
        TSimd.Store(lanes, register);
        var largest = Vector128.Load(lanes);
        for (var lane = Vector128<int>.Count; lane < TSimd.Lanes; lane += Vector128<int>.Count)
        {
            largest = Vector128.Max(largest, Vector128.Load(lanes + lane));
        }

        return Math.Max(Math.Max(largest[0], largest[1]), Math.Max(largest[2], largest[3]));
    }
}
