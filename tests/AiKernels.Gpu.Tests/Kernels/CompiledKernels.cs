using System.Reflection;
using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Attention;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Products;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace AiKernels.Gpu.Tests.Kernels;

/// <summary>Every kernel, closed over every type that it is used with, as the PTX that a CUDA device would get.</summary>
internal static class CompiledKernels
{
    /// <summary>The kernels: the static methods of the classes named so, which are no generic definitions any more.</summary>
    public static IReadOnlyList<MethodInfo> All { get; } =
    [
        .. typeof(GpuBackend).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Kernel", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.ReturnType == typeof(void))
            .SelectMany(Closed),
    ];

    /// <summary>Class, method and type argument.</summary>
    public static string Name(MethodInfo kernel) =>
        $"{kernel.DeclaringType!.Name}.{kernel.Name}{string.Concat(kernel.GetGenericArguments().Select(Name))}";

    /// <summary>A kernel's PTX. A context of its own each: one failure would spoil what is compiled after it.</summary>
    public static string Ptx(MethodInfo kernel)
    {
        using var context = Context.Create(builder => builder.DefaultCPU());
        PtxIntrinsics.Register(context);
        using var backend = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_70, null!);
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), Specialization(kernel))).PTXAssembly;
    }

    /// <summary>What a kernel's class says of its groups, if it does.</summary>
    private static KernelSpecialization Specialization(MethodInfo kernel) =>
        kernel.DeclaringType!.GetProperty(nameof(TileProductKernel.Specialization))?.GetValue(null) is KernelSpecialization own ? own : default;

    private static string Name(Type argument) =>
        $"_{argument.Name.Split('`')[0]}{string.Concat(argument.GetGenericArguments().Select(Name))}";

    private static IEnumerable<MethodInfo> Closed(MethodInfo kernel)
    {
        if (!kernel.IsGenericMethodDefinition)
        {
            return [kernel];
        }

        var constraint = kernel.GetGenericArguments()[0].GetGenericParameterConstraints()
            .Single(type => type != typeof(ValueType) && type.Namespace!.StartsWith(nameof(AiKernels), StringComparison.Ordinal));
        var arguments = constraint == typeof(IDeviceKeyValues)
            ? [typeof(FloatKeyValues<F32>), typeof(FloatKeyValues<F16>), typeof(FloatKeyValues<BF16>), typeof(QuantizedKeyValues<Q8_0>), typeof(QuantizedKeyValues<Q4_0>)]
            : SupportedFormats.All.Select(format => format.Visit<Element, Type?>(new Element(constraint.GetGenericTypeDefinition()))).OfType<Type>();
        return arguments.Select(argument => kernel.MakeGenericMethod(argument));
    }

    /// <summary>A format's element, if it is of the wanted kind.</summary>
    private readonly struct Element(Type kind) : IFormatVisitor<Type?>
    {
        public Type? VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock> => kind == typeof(IBlockFormat<>) ? typeof(TBlock) : null;

        public Type? VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => kind == typeof(IFloatFormat<>) ? typeof(TElement) : null;
    }
}
