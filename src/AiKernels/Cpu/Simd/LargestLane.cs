using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AiKernels.Cpu.Simd;

/// <summary>The largest lane of a register, halved until one is left: going through memory takes longer than the rest of finding it.</summary>
internal static class LargestLane
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    public static int Of(Vector512<int> lanes) => Of(Vector256.Max(lanes.GetLower(), lanes.GetUpper()));

    [MethodImpl(Inline)]
    public static int Of(Vector256<int> lanes) => Of(Vector128.Max(lanes.GetLower(), lanes.GetUpper()));

    [MethodImpl(Inline)]
    public static int Of(Vector128<int> lanes)
    {
        lanes = Vector128.Max(lanes, Vector128.Shuffle(lanes, Vector128.Create(2, 3, 2, 3)));
        return Vector128.Max(lanes, Vector128.Shuffle(lanes, Vector128.Create(1, 1, 1, 1))).ToScalar();
    }
}
