using System.Diagnostics.CodeAnalysis;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace AiKernels.Gpu.Kernels.Device;

/// <summary>
/// What <see cref="DeviceMath"/> and <see cref="DeviceMemory"/> become on CUDA devices: one instruction each, its rounding
/// spelled out.
/// </summary>
internal static class PtxIntrinsics
{
    /// <summary>Makes a context compile them so; to be called before anything is compiled.</summary>
    public static void Register(Context context)
    {
        DeviceHalf.Register();
        Register(context, typeof(DeviceMath), nameof(DeviceMath.Fma), nameof(EmitFma));
        Register(context, typeof(DeviceMath), nameof(DeviceMath.Multiply), nameof(EmitMultiply));
        Register(context, typeof(DeviceMath), nameof(DeviceMath.Add), nameof(EmitAdd));
        Register(context, typeof(DeviceMath), nameof(DeviceMath.Round), nameof(EmitRound));
        Register(context, typeof(DeviceMath), nameof(DeviceMath.Dot4), nameof(EmitDot4));
        Register(context, typeof(DeviceMath), nameof(DeviceMath.Byte), nameof(EmitByte));
        Register(context, typeof(DeviceMath), nameof(DeviceMath.MultiplyTiles), nameof(EmitMultiplyTiles));
        Register(context, typeof(DeviceMath), nameof(DeviceMath.MultiplyHalfTiles), nameof(EmitMultiplyHalfTiles));
        Register(context, typeof(DeviceMemory), nameof(DeviceMemory.Four), nameof(EmitFour));
        Register(context, typeof(DeviceMemory), nameof(DeviceMemory.Two), nameof(EmitTwo));
        Register(context, typeof(DeviceMemory), nameof(DeviceMemory.One), nameof(EmitOne));
        Register(context, typeof(DeviceMemory), nameof(DeviceMemory.Half), nameof(EmitHalf));
    }

    private static void Register(
        Context context, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type type, string name, string emitter) =>
        context.GetIntrinsicManager().RegisterMethod(
            type.GetMethod(name)!,
            new PTXIntrinsic(typeof(PtxIntrinsics), emitter, IntrinsicImplementationMode.GenerateCode));

    private static void EmitFma(PTXBackend backend, PTXCodeGenerator generator, Value value) => Emit(generator, value, "fma.rn.f32");

    private static void EmitMultiply(PTXBackend backend, PTXCodeGenerator generator, Value value) => Emit(generator, value, "mul.rn.f32");

    private static void EmitAdd(PTXBackend backend, PTXCodeGenerator generator, Value value) => Emit(generator, value, "add.rn.f32");

    private static void EmitRound(PTXBackend backend, PTXCodeGenerator generator, Value value) => Emit(generator, value, "cvt.rni.f32.f32");

    private static void EmitDot4(PTXBackend backend, PTXCodeGenerator generator, Value value) => Emit(generator, value, "dp4a.s32.s32");

    /// <summary>A byte and three times its sign; the selector is a constant wherever the byte's number is.</summary>
    private static void EmitByte(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var (word, i) = (Operand(generator, generator.Load(value[0])), Operand(generator, generator.Load(value[1])));
        var result = Operand(generator, generator.Allocate(value));
        using var command = generator.BeginCommand(
            $"mad.lo.s32 {result}, {i}, 0x1111, 0x8880; prmt.b32 {result}, {word}, 0, {result}");
    }

    private static void EmitMultiplyTiles(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitTiles(generator, value, "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32");

    private static void EmitMultiplyHalfTiles(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitTiles(generator, value, "mma.sync.aligned.m16n8k16.row.col.s32.s8.s8.s32");

    private static void EmitFour(PTXBackend backend, PTXCodeGenerator generator, Value value) => EmitRead(generator, value, "ld.global.nc.v4.b32");

    private static void EmitTwo(PTXBackend backend, PTXCodeGenerator generator, Value value) => EmitRead(generator, value, "ld.global.nc.v2.b32");

    private static void EmitOne(PTXBackend backend, PTXCodeGenerator generator, Value value) => EmitRead(generator, value, "ld.global.nc.b32");

    private static void EmitHalf(PTXBackend backend, PTXCodeGenerator generator, Value value) => EmitRead(generator, value, "ld.global.nc.u16");

    /// <summary>An instruction whose operands are the call's arguments, in order.</summary>
    private static void Emit(PTXCodeGenerator generator, Value value, string instruction)
    {
        var arguments = new string[value.Count];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = Operand(generator, generator.Load(value[i]));
        }

        using var command = generator.BeginCommand($"{instruction} {Operand(generator, generator.Allocate(value))}, {string.Join(", ", arguments)}");
    }

    /// <summary>The same of two tiles and a sum; a tile of a single register is in braces, too.</summary>
    private static void EmitTiles(PTXCodeGenerator generator, Value value, string instruction)
    {
        var (a, b, sum) = (generator.Load(value[0]), generator.Load(value[1]), generator.Load(value[2]));
        var (rows, columns, start) = (Operand(generator, a), Operand(generator, b).Trim('{', '}'), Operand(generator, sum));
        using var command = generator.BeginCommand($"{instruction} {Operand(generator, generator.Allocate(value))}, {rows}, {{{columns}}}, {start}");
    }

    /// <summary>A load whose address is the call's argument.</summary>
    private static void EmitRead(PTXCodeGenerator generator, Value value, string instruction)
    {
        var address = Operand(generator, generator.Load(value[0]));
        using var command = generator.BeginCommand($"{instruction} {Operand(generator, generator.Allocate(value))}, [{address}]");
    }

    /// <summary>A register's name, or those of a structure in braces.</summary>
    private static string Operand(PTXCodeGenerator generator, RegisterAllocator<PTXRegisterKind>.Register register) =>
        register is RegisterAllocator<PTXRegisterKind>.CompoundRegister structure
            ? $"{{{string.Join(", ", structure.Children.Select(field => Operand(generator, field)))}}}"
            : "%" + PTXRegisterAllocator.GetStringRepresentation(
                generator.EnsureHardwareRegister((RegisterAllocator<PTXRegisterKind>.PrimitiveRegister)register));
}
