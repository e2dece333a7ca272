using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu;

/// <summary>
/// x [T,K] -> int8 codes: t = amax / 127, a[i] = round-half-even(x[i] * (127 / amax)), per block. An item is a row.
/// </summary>
/// <remarks>
/// Where 127 / amax has no finite value (amax is 0 or tiny, infinite or NaN) the codes are 0; t still is amax / 127, so
/// that a NaN or an infinity in x shows in every product with the block.
/// </remarks>
internal readonly unsafe struct QuantizeActivations<TSimd, TRegister>(Activations activations) : IWork
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    public void Run(int item)
    {
        var source = activations.Floats.Row(item);
        var codes = activations.Codes + ((long)item * activations.Columns);
        var scales = activations.Scales + ((long)item * activations.ScaleStride);
        var sums = activations.Sums + ((long)item * activations.SumStride);
        for (var block = 0; block < activations.ScaleStride; block++)
        {
            scales[block] = QuantizeBlock(source, codes, sums);
            source += activations.BlockLength;
            codes += activations.BlockLength;
            sums += activations.BlockLength / Activations.SumLength;
        }
    }

    private float QuantizeBlock(float* source, sbyte* codes, short* sums)
    {
        var largest = LargestMagnitude(source);
        var inverse = 127 / largest;
        var usable = float.IsFinite(largest) && float.IsFinite(inverse);
        var factor = TSimd.Broadcast(inverse);
        for (var i = 0; i < activations.BlockLength; i += TSimd.Lanes)
        {
            var code = usable
                ? TSimd.RoundToInt(TSimd.Multiply(TSimd.Load(source + i), factor))
                : TSimd.Broadcast(0);
            TSimd.StoreLowBytes(codes + i, code);
        }

        for (var i = 0; i < activations.BlockLength; i++)
        {
            if (i % Activations.SumLength == 0)
            {
                sums[i / Activations.SumLength] = 0;
            }

            sums[i / Activations.SumLength] += codes[i];
        }

        return largest / 127;
    }

    /// <summary>Compared as integers: without its sign bit a float orders like its bits, and NaN comes out on top.</summary>
    private float LargestMagnitude(float* source)
    {
        var largest = TSimd.Broadcast(0);
        for (var i = 0; i < activations.BlockLength; i += TSimd.Lanes)
        {
            largest = TSimd.MaxInt(largest, TSimd.And(TSimd.Load(source + i), TSimd.Broadcast(int.MaxValue)));
        }

        var lanes = stackalloc int[TSimd.Lanes];
        TSimd.Store(lanes, largest);
        for (var lane = 1; lane < TSimd.Lanes; lane++)
        {
            lanes[0] = Math.Max(lanes[0], lanes[lane]);
        }

        return BitConverter.Int32BitsToSingle(lanes[0]);
    }
}
