using Iced.Intel;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>What an operand of an instruction names, worked out before the instruction runs.</summary>
internal static unsafe class Operand
{
    /// <summary>A number in a general register, in memory or in the instruction itself.</summary>
    public static Func<Machine, ulong> Number(Instruction instruction, int operand)
    {
        switch (instruction.GetOpKind(operand))
        {
            case OpKind.Register:
                var register = instruction.GetOpRegister(operand);
                return machine => machine[register];
            case OpKind.Memory:
                var address = Address(instruction);
                return machine => *(ulong*)machine.Memory(address(machine), sizeof(ulong));
            default:
                var value = instruction.GetImmediate(operand);
                return _ => value;
        }
    }

    /// <summary>Writes a number to a general register or to memory.</summary>
    public static Action<Machine, ulong> SetNumber(Instruction instruction, int operand)
    {
        if (instruction.GetOpKind(operand) == OpKind.Register)
        {
            var register = instruction.GetOpRegister(operand);
            return (machine, value) => machine[register] = value;
        }

        var address = Address(instruction);
        return (machine, value) => *(ulong*)machine.Memory(address(machine), sizeof(ulong)) = value;
    }

    /// <summary>Where a vector register or so many bytes of memory are.</summary>
    public static Func<Machine, nint> Place(Instruction instruction, int operand, int bytes)
    {
        if (instruction.GetOpKind(operand) == OpKind.Register)
        {
            var register = instruction.GetOpRegister(operand);
            return register.IsGPR() ? throw new NotSupportedException($"{instruction}") : machine => (nint)machine.Vector(register);
        }

        var address = Address(instruction);
        return machine => (nint)machine.Memory(address(machine), bytes);
    }

    /// <summary>base + index * scale + displacement.</summary>
    public static Func<Machine, ulong> Address(Instruction instruction)
    {
        var (first, index) = (instruction.MemoryBase, instruction.MemoryIndex);
        var (scale, displacement) = ((ulong)instruction.MemoryIndexScale, instruction.MemoryDisplacement64);
        return index == Register.None
            ? machine => machine[first] + displacement
            : machine => machine[first] + (machine[index] * scale) + displacement;
    }
}
