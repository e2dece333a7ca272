using Iced.Intel;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// A function assembled at run time: takes the address of a block of arguments, eight bytes each, returns nothing.
/// </summary>
/// <remarks>
/// The body may use all registers but the stack pointer; <see cref="Arguments"/> holds the arguments' address at its
/// start. Frames follow System V or, on Windows, Microsoft's convention, whose callee also preserves xmm6 to xmm15.
/// </remarks>
internal sealed unsafe class Routine
{
    /// <summary>The register with the arguments' address, when the body begins.</summary>
    public const Register Arguments = Register.RAX;

    private static readonly Register[] Preserved =
    [
        Register.RBX, Register.RBP, Register.RSI, Register.RDI, Register.R12, Register.R13, Register.R14, Register.R15,
    ];

    private readonly delegate* unmanaged<void**, void> _entry;

    private Routine(void* entry) => _entry = (delegate* unmanaged<void**, void>)entry;

    /// <summary>Assembles a function; null where the system refuses executable pages.</summary>
    public static Routine? TryAssemble(bool wide, Action<VectorAssembler> body)
    {
        var entry = ExecutablePages.TryPlace(Encode(Frame(wide, body)));
        return entry == null ? null : new Routine(entry);
    }

    /// <summary>A function assembled when it is first needed; that the system allows it was tried when the unit was chosen.</summary>
    public static Lazy<Routine> Lazy(bool wide, Action<VectorAssembler> body) => new(() =>
        TryAssemble(wide, body) ?? throw new InvalidOperationException("the system gives no more executable memory"));

    public void Run(void** arguments) => _entry(arguments);

    /// <summary>The body between what the platform asks of a function.</summary>
    internal static IReadOnlyList<Instruction> Frame(bool wide, Action<VectorAssembler> body)
    {
        var a = new VectorAssembler(wide);
        Array.ForEach(Preserved, a.Push);
        a.Move(Arguments, OperatingSystem.IsWindows() ? Register.RCX : Register.RDI);
        if (OperatingSystem.IsWindows())
        {
            a.Add(Register.RSP, -160);
            MoveWindowsVectors(a, save: true);
        }

        body(a);
        if (OperatingSystem.IsWindows())
        {
            MoveWindowsVectors(a, save: false);
            a.Add(Register.RSP, 160);
        }

        a.Add(Instruction.Create(Code.VEX_Vzeroupper));
        Array.ForEach([.. Preserved.Reverse()], a.Pop);
        a.Add(Instruction.Create(Code.Retnq));
        return a.Instructions;
    }

    private static void MoveWindowsVectors(VectorAssembler a, bool save)
    {
        for (var i = 0; i < 10; i++)
        {
            var (place, register) = (new Address(Register.RSP, 16 * i).Operand, Register.XMM6 + i);
            a.Add(save
                ? Instruction.Create(Code.VEX_Vmovups_xmmm128_xmm, place, register)
                : Instruction.Create(Code.VEX_Vmovups_xmm_xmmm128, register, place));
        }
    }

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
