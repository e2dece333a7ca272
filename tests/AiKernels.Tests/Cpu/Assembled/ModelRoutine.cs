using AiKernels.Cpu.Assembled;
using Iced.Intel;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>A routine on a model of the processor, instruction by instruction, so that any machine can test it.</summary>
/// <remarks>
/// It also checks what a caller relies on: preserved registers, the stack, released tiles. An instruction that the model
/// doesn't know is an error.
/// </remarks>
internal sealed unsafe class ModelRoutine : Routine
{
    private static readonly Register[] PreservedEverywhere =
        [Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15];

    private readonly Action<Machine>[] _steps;
    private readonly bool _forWindows;

    private ModelRoutine(IReadOnlyList<Instruction> instructions, bool forWindows)
    {
        var places = new Dictionary<ulong, int>();
        for (var i = 0; i < instructions.Count; i++)
        {
            if (instructions[i].IP != 0)
            {
                places.Add(instructions[i].IP, i);
            }
        }

        _forWindows = forWindows;
        _steps = [.. instructions.Select(i =>
            GeneralInstructions.Meaning(i, label => places[label]) ?? VectorInstructions.Meaning(i) ?? TileInstructions.Meaning(i)
            ?? throw new NotSupportedException($"the model has no {i}"))];
    }

    /// <summary>All memory that it may touch; null for any.</summary>
    public IReadOnlyList<(ulong Start, ulong End)>? Allowed { get; set; }

    /// <summary>A <see cref="RoutineFactory"/>.</summary>
    public static Routine Assemble(bool wide, Action<VectorAssembler> body) => Assemble(wide, forWindows: false, body);

    public static ModelRoutine Assemble(bool wide, bool forWindows, Action<VectorAssembler> body) =>
        new(Frame(wide, forWindows, body), forWindows);

    public override void Run(void** arguments)
    {
        var machine = new Machine { Allowed = Allowed };
        machine[Register.RSP] -= sizeof(ulong); // The return address.
        machine[_forWindows ? Register.RCX : Register.RDI] = (ulong)arguments;
        var before = Preserved(machine);
        for (machine.Next = 0; machine.Next >= 0;)
        {
            _steps[machine.Next++](machine);
        }

        if (!before.SequenceEqual(Preserved(machine)))
        {
            throw new InvalidOperationException("a register that callers rely on has changed");
        }

        if (machine.Tiles is not null)
        {
            throw new InvalidOperationException("tiles are still configured");
        }
    }

    private List<ulong> Preserved(Machine machine)
    {
        List<ulong> values = [machine[Register.RSP], .. PreservedEverywhere.Select(register => machine[register])];
        if (_forWindows)
        {
            values.AddRange([machine[Register.RSI], machine[Register.RDI]]);
            for (var vector = Register.XMM6; vector <= Register.XMM15; vector++)
            {
                var words = (ulong*)machine.Vector(vector);
                values.AddRange([words[0], words[1]]);
            }
        }

        return values;
    }
}
