using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// Turns the pairs of every head: a' = fma(a, cos, -(b sin)), b' = fma(a, sin, b cos). A thread is a pair; groups lie along
/// the pairs of a row, grid rows are tokens.
/// </summary>
internal static class RopeKernel
{
    /// <param name="x">x [T, m D], in place.</param>
    /// <param name="rotation">[T, 2 pairs]: cosines, then sines.</param>
    /// <param name="headLength">D.</param>
    /// <param name="pairs">Pairs of a head.</param>
    /// <param name="total">Pairs of a row.</param>
    /// <param name="adjacent">1 if a pair's channels are neighbours, 0 if they lie half the turned channels apart.</param>
    public static void Run(DeviceMatrix x, DeviceMatrix rotation, int headLength, int pairs, int total, int adjacent)
    {
        var index = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (index >= total)
        {
            return;
        }

        var head = index / pairs;
        Turn(x, rotation, Grid.IdxY, head * headLength, index - (head * pairs), pairs, adjacent);
    }

    /// <summary>Turns a pair of the head whose channels begin at <paramref name="head"/>.</summary>
    public static void Turn(DeviceMatrix x, DeviceMatrix rotation, int token, int head, int pair, int pairs, int adjacent)
    {
        var first = head + (adjacent == 1 ? 2 * pair : pair);
        var second = first + (adjacent == 1 ? 1 : pairs);
        var (a, b, cos, sin) = (x[token, first], x[token, second], rotation[token, pair], rotation[token, pairs + pair]);
        x[token, first] = DeviceMath.Fma(a, cos, -DeviceMath.Multiply(b, sin));
        x[token, second] = DeviceMath.Fma(a, sin, DeviceMath.Multiply(b, cos));
    }
}
