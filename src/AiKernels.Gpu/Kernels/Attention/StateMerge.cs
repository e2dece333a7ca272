using AiKernels.Gpu.Kernels.Device;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>How a segment's state joins those before it: M is the larger maximum, and each side is multiplied with exp(m - M).</summary>
internal readonly struct StateMerge
{
    public readonly float Maximum, Keep, Add;

    /// <param name="before">The maximum so far.</param>
    /// <param name="segment">The segment's.</param>
    public StateMerge(float before, float segment)
    {
        Maximum = segment > before ? segment : before;
        Keep = DeviceMath.Exp(DeviceMath.Add(before, -Maximum));
        Add = DeviceMath.Exp(DeviceMath.Add(segment, -Maximum));
    }

    /// <summary>fma(segment, add, before * keep), for sums and channels alike.</summary>
    public float Join(float before, float segment) => Join(before, Keep, segment, Add);

    /// <summary>The same, with the factors of a merge that another thread has made.</summary>
    public static float Join(float before, float keep, float segment, float add) =>
        DeviceMath.Fma(segment, add, DeviceMath.Multiply(before, keep));
}
