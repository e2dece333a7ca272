using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace AiKernels.Gpu;

/// <summary>What drives a device.</summary>
public enum GpuKind
{
    /// <summary>NVIDIA's driver.</summary>
    Cuda,

    /// <summary>No GPU at all: threads of the processor, for tests.</summary>
    Emulator,
}

/// <summary>A device that kernels can run on.</summary>
/// <remarks>Thread-safe. Devices are looked for once in a process; where there is no driver there are none.</remarks>
public sealed record GpuDevice
{
    // Warps as wide as NVIDIA's. Each emulated thread is one of the system's.
    private const int EmulatedWarp = 32, EmulatedWarps = 4;

    // Where NVIDIA's driver is. Without it ILGPU isn't even loaded, which would take a tenth of a second of every start.
    private static readonly string[] Drivers = OperatingSystem.IsWindows()
        ? ["nvcuda.dll"]
        : ["libcuda.so.1", "libcuda.so", "/usr/lib/wsl/lib/libcuda.so.1"];

    private static readonly Lazy<IReadOnlyList<GpuDevice>> Found = new(() => HasDriver() ? FindCuda() : []);

    private static readonly Lazy<GpuDevice> Emulated = new(() => new(GpuKind.Emulator, 0, new CPUDevice(EmulatedWarp, EmulatedWarps, 1))
    {
        Name = "emulated on the processor",
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
    });

    private readonly Device _device;

    private GpuDevice(GpuKind kind, int number, Device device)
    {
        Kind = kind;
        Id = $"{Prefix(kind)}:{number}";
        Name = device.Name;
        MemoryBytes = device.MemorySize;
        _device = device;
    }

    /// <summary>
    /// CUDA devices that have the kernels' instructions. OpenCL's are none: ILGPU lets its compilers round as they like.
    /// </summary>
    public static IReadOnlyList<GpuDevice> All => Found.Value;

    /// <summary>Kernels on threads of the processor: slow, and for tests alone. It is not among <see cref="All"/>.</summary>
    public static GpuDevice Emulator => Emulated.Value;

    /// <summary>
    /// <c>cuda:0</c>, with the driver's own number of the device; <c>emulator:0</c>.
    /// </summary>
    public string Id { get; }

    /// <summary>What its maker calls it.</summary>
    public string Name { get; private init; }

    /// <summary>Its whole memory, in bytes.</summary>
    public long MemoryBytes { get; private init; }

    /// <summary>What drives it.</summary>
    public GpuKind Kind { get; }

    /// <summary>The device of this id, the emulator too; null where there is none.</summary>
    public static GpuDevice? Find(string id) => id == $"{Prefix(GpuKind.Emulator)}:0" ? Emulator : All.FirstOrDefault(device => device.Id == id);

    /// <summary>
    /// Bytes that can be allocated on it now. Takes some tenths of a second: the driver answers only those who have set up
    /// the device.
    /// </summary>
    public long FreeBytes()
    {
        if (Kind != GpuKind.Cuda)
        {
            return MemoryBytes;
        }

        using var context = CreateContext();
        using var accelerator = CreateAccelerator(context);
        return ((CudaAccelerator)accelerator).GetFreeMemory();
    }

    /// <summary>
    /// A context of its own for each backend, since a kernel that fails to compile leaves its context unusable. No driver is
    /// registered in it: the device is known already.
    /// </summary>
    internal static Context CreateContext(Action<Context.Builder>? configure = null) =>
        Context.Create(builder => configure?.Invoke(builder));

    /// <summary>The device set up for work; dispose it before its context.</summary>
    internal Accelerator CreateAccelerator(Context context) => _device.CreateAccelerator(context);

    private static string Prefix(GpuKind kind) => kind switch
    {
        GpuKind.Cuda => "cuda",
        _ => "emulator",
    };

    private static bool HasDriver() => Array.Exists(Drivers, driver => NativeLibrary.TryLoad(driver, out _));

    private static IReadOnlyList<GpuDevice> FindCuda() =>
        [.. Probe<CudaDevice>(builder => builder.Cuda())
            .Where(device => device.Architecture >= CudaArchitecture.SM_61) // Which multiplies four bytes at once.
            .Select(device => new GpuDevice(GpuKind.Cuda, device.DeviceId, device))];

    /// <summary>What one driver has; nothing where it is missing or broken, which must not keep others from work.</summary>
    private static List<TDevice> Probe<TDevice>(Action<Context.Builder> register)
        where TDevice : Device
    {
        try
        {
            using var context = Context.Create(register);
            return [.. context.Devices.OfType<TDevice>()];
        }
#pragma warning disable CA1031 // Drivers fail in their own ways: a library that isn't there, one of another word size.
        catch (Exception)
#pragma warning restore CA1031
        {
            return [];
        }
    }
}
