using Iced.Intel;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Makes a routine from the instructions that a body emits, at either register width; null where the system refuses
/// executable pages, which it may do at any time: at a limit of memory, or once a process has bound itself to have no more.
/// </summary>
internal delegate Routine? RoutineFactory(bool wide, Action<VectorAssembler> body);

/// <summary>
/// A function assembled at run time: takes the address of a block of arguments, eight bytes each, returns nothing.
/// </summary>
/// <remarks>
/// The body may use all registers but the stack pointer; <see cref="Arguments"/> holds the arguments' address at its
/// start. Frames follow System V or, on Windows, Microsoft's convention, whose callee also preserves xmm6 to xmm15. The
/// tests run routines on a model of the processor, hence the base class.
/// </remarks>
internal abstract unsafe class Routine
{
    /// <summary>The register with the arguments' address, when the body begins.</summary>
    public const Register Arguments = Register.RAX;

    private const int WindowsVectors = 10, VectorBytes = 16;

    private static readonly Register[] Preserved =
    [
        Register.RBX, Register.RBP, Register.RSI, Register.RDI, Register.R12, Register.R13, Register.R14, Register.R15,
    ];

    /// <summary>Calls the function.</summary>
    public abstract void Run(void** arguments);

    /// <summary>Loads the first arguments into registers; <see cref="Arguments"/> may be one of these.</summary>
    public static void LoadArguments(VectorAssembler a, params ReadOnlySpan<Register> to)
    {
        for (var i = 0; i < to.Length; i++)
        {
            if (to[i] != Arguments)
            {
                a.LoadPointer(to[i], new Address(Arguments, i * sizeof(long)));
            }
        }

        if (to.Contains(Arguments))
        {
            a.LoadPointer(Arguments, new Address(Arguments, to.IndexOf(Arguments) * sizeof(long)));
        }
    }

    /// <summary>The body between what the platform asks of a function.</summary>
    public static IReadOnlyList<Instruction> Frame(bool wide, bool forWindows, Action<VectorAssembler> body)
    {
        var a = new VectorAssembler(wide);
        Array.ForEach(Preserved, a.Push);
        a.Move(Arguments, forWindows ? Register.RCX : Register.RDI);
        if (forWindows)
        {
            a.Add(Register.RSP, -WindowsVectors * VectorBytes);
            MoveWindowsVectors(a, save: true);
        }

        body(a);
        if (forWindows)
        {
            MoveWindowsVectors(a, save: false);
            a.Add(Register.RSP, WindowsVectors * VectorBytes);
        }

        a.Add(Instruction.Create(Code.VEX_Vzeroupper));
        Array.ForEach([.. Preserved.Reverse()], a.Pop);
        a.Add(Instruction.Create(Code.Retnq));
        return a.Instructions;
    }

    private static void MoveWindowsVectors(VectorAssembler a, bool save)
    {
        for (var i = 0; i < WindowsVectors; i++)
        {
            var (place, register) = (new Address(Register.RSP, VectorBytes * i).Operand, Register.XMM6 + i);
            a.Add(save
                ? Instruction.Create(Code.VEX_Vmovups_xmmm128_xmm, place, register)
                : Instruction.Create(Code.VEX_Vmovups_xmm_xmmm128, register, place));
        }
    }
}
