using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace AiKernels.Gpu.Kernels;

/// <summary>What <see cref="DeviceMath"/> becomes on CUDA devices: one instruction each, its rounding spelled out.</summary>
internal static class PtxIntrinsics
{
    /// <summary>Makes a context compile them so; to be called before anything is compiled.</summary>
    public static void Register(Context context)
    {
        DeviceHalf.Register();
        Register(context, nameof(DeviceMath.Fma), nameof(EmitFma));
        Register(context, nameof(DeviceMath.Multiply), nameof(EmitMultiply));
        Register(context, nameof(DeviceMath.Add), nameof(EmitAdd));
        Register(context, nameof(DeviceMath.Round), nameof(EmitRound));
        Register(context, nameof(DeviceMath.Dot4), nameof(EmitDot4));
        Register(context, nameof(DeviceMath.MultiplyTiles), nameof(EmitMultiplyTiles));
    }

    private static void Register(Context context, string name, string emitter) =>
        context.GetIntrinsicManager().RegisterMethod(
            typeof(DeviceMath).GetMethod(name)!,
            new PTXIntrinsic(typeof(PtxIntrinsics), emitter, IntrinsicImplementationMode.GenerateCode));

    private static void EmitFma(PTXBackend backend, PTXCodeGenerator generator, Value value) => Emit(generator, value, "fma.rn.f32");

    private static void EmitMultiply(PTXBackend backend, PTXCodeGenerator generator, Value value) => Emit(generator, value, "mul.rn.f32");

    private static void EmitAdd(PTXBackend backend, PTXCodeGenerator generator, Value value) => Emit(generator, value, "add.rn.f32");

    private static void EmitRound(PTXBackend backend, PTXCodeGenerator generator, Value value) => Emit(generator, value, "cvt.rni.f32.f32");

    private static void EmitDot4(PTXBackend backend, PTXCodeGenerator generator, Value value) => Emit(generator, value, "dp4a.s32.s32");

    private static void EmitMultiplyTiles(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var (a, b, sum) = (Operand(generator, value[0]), Operand(generator, value[1]), Operand(generator, value[2]));
        generator.Allocate(value);
        var result = Operand(generator, value);
        using var command = generator.BeginCommand($"mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {result}, {a}, {b}, {sum}");
    }

    /// <summary>The registers of a structure, in braces.</summary>
    private static string Operand(PTXCodeGenerator generator, Value value)
    {
        var fields = ((RegisterAllocator<PTXRegisterKind>.CompoundRegister)generator.Load(value)).Children;
        var names = fields.Select(field => "%" + PTXRegisterAllocator.GetStringRepresentation(
            generator.EnsureHardwareRegister((RegisterAllocator<PTXRegisterKind>.PrimitiveRegister)field)));
        return $"{{{string.Join(", ", names)}}}";
    }

    /// <summary>An instruction whose operands are the call's arguments, in order.</summary>
    private static void Emit(PTXCodeGenerator generator, Value value, string instruction)
    {
        var arguments = new RegisterAllocator<PTXRegisterKind>.HardwareRegister[value.Count];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = generator.EnsureHardwareRegister(generator.LoadPrimitive(value[i]));
        }

        var result = generator.AllocateHardware(value);
        using var command = generator.BeginCommand(instruction);
        command.AppendArgument(result);
        foreach (var argument in arguments)
        {
            command.AppendArgument(argument);
        }
    }
}
