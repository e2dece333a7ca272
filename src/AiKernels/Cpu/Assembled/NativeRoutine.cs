using Iced.Intel;

namespace AiKernels.Cpu.Assembled;

/// <summary>A routine in the processor's own code.</summary>
internal sealed unsafe class NativeRoutine : Routine
{
    private readonly delegate* unmanaged<void**, void> _entry;

    private NativeRoutine(void* entry) => _entry = (delegate* unmanaged<void**, void>)entry;

    /// <summary>Assembles a function; null where the system refuses executable pages.</summary>
    public static NativeRoutine? TryAssemble(bool wide, Action<VectorAssembler> body)
    {
        var entry = ExecutablePages.TryPlace(Encode(Frame(wide, OperatingSystem.IsWindows(), body)));
        return entry == null ? null : new NativeRoutine(entry);
    }

    /// <summary>Assembles a function; that the system allows it was tried when the unit was chosen.</summary>
    public static Routine Assemble(bool wide, Action<VectorAssembler> body) =>
        TryAssemble(wide, body) ?? throw new InvalidOperationException("the system gives no more executable memory");

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
