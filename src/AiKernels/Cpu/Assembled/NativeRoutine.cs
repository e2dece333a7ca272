using Iced.Intel;

namespace AiKernels.Cpu.Assembled;

/// <summary>A routine in the processor's own code.</summary>
internal sealed unsafe class NativeRoutine : Routine
{
    private readonly delegate* unmanaged<void**, void> _entry;

    private NativeRoutine(void* entry) => _entry = (delegate* unmanaged<void**, void>)entry;

    /// <summary>A <see cref="RoutineFactory"/>.</summary>
    public static NativeRoutine? TryAssemble(bool wide, Action<VectorAssembler> body)
    {
        var entry = ExecutablePages.TryPlace(Encode(Frame(wide, OperatingSystem.IsWindows(), body)));
        return entry == null ? null : new NativeRoutine(entry);
    }

    public override void Run(void** arguments) => _entry(arguments);

    private static byte[] Encode(IReadOnlyList<Instruction> instructions)
    {
        // Branches are relative, so any address will do.
        var bytes = new Bytes();
        if (!BlockEncoder.TryEncode(64, new InstructionBlock(bytes, [.. instructions], 0x10000), out var problem, out _))
        {
            throw new InvalidOperationException(problem);
        }

        return [.. bytes.Written];
    }

    private sealed class Bytes : CodeWriter
    {
        public List<byte> Written { get; } = [];

        public override void WriteByte(byte value) => Written.Add(value);
    }
}
