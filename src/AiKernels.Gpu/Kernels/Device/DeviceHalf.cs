using AiKernels.Formats;
using ILGPU;
using ILGPU.Frontend.Intrinsic;

namespace AiKernels.Gpu.Kernels.Device;

/// <summary>
/// What <see cref="HalfBits"/> becomes in kernels, also where a format calls it: the devices' own conversions. Kernels don't
/// call this themselves: the CPU accelerator, which runs C#, would get ILGPU's own, which rounds otherwise.
/// </summary>
internal static class DeviceHalf
{
    static DeviceHalf()
    {
        RemappedIntrinsics.AddRemapping(typeof(HalfBits), typeof(DeviceHalf), nameof(HalfBits.ToFloat), typeof(ushort));
        RemappedIntrinsics.AddRemapping(typeof(HalfBits), typeof(DeviceHalf), nameof(HalfBits.FromFloat), typeof(float));
    }

    /// <summary>The number that the bits stand for, exactly.</summary>
    public static float ToFloat(ushort bits) => Interop.IntAsFloat(bits);

    /// <summary>The bits of the nearest half-precision number, ties to even.</summary>
    public static ushort FromFloat(float value) => Interop.FloatAsInt((ILGPU.Half)value);

    /// <summary>Teaches ILGPU; to be called before anything is compiled.</summary>
    public static void Register() => System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(DeviceHalf).TypeHandle);
}
