using Iced.Intel;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>The instructions on numbers, addresses and the stack. Source: Intel's manual, volume 2.</summary>
internal static class GeneralInstructions
{
    /// <summary>What an instruction does; null if it is none of these. A branch gets the place of its target.</summary>
    public static Action<Machine>? Meaning(Instruction i, Func<ulong, int> placeOf) => i.Mnemonic switch
    {
        Mnemonic.Mov => Compute(i, (_, right) => right),
        Mnemonic.Add => Compute(i, (left, right) => left + right, (left, right) => (left + right, 0)),
        Mnemonic.Sub => Compute(i, (left, right) => left - right, (left, right) => (left, right)),
        Mnemonic.Dec => Compute(i, (left, _) => left - 1, (left, _) => (left, 1)),
        Mnemonic.Cmp => Compare(i, (left, right) => (left, right)),
        Mnemonic.Test => Compare(i, (left, right) => (left & right, 0)),
        Mnemonic.Lea => LoadAddress(i),
        Mnemonic.Cmovl => MoveIf(i, machine => machine.IsLess),
        Mnemonic.Cmova => MoveIf(i, machine => machine.IsAbove),
        Mnemonic.Xchg => Exchange(i),
        Mnemonic.Jne => Branch(placeOf(i.NearBranchTarget)),
        Mnemonic.Push => Push(i),
        Mnemonic.Pop => Pop(i),
        Mnemonic.Ret => machine => machine.Next = -1,
        Mnemonic.Prefetcht0 => DoNothing,
        _ => null,
    };

    private static void DoNothing(Machine machine)
    {
    }

    /// <summary>A result from the operand that it replaces and another; flags, where it sets any, are those of comparing two numbers.</summary>
    private static Action<Machine> Compute(
        Instruction i, Func<ulong, ulong, ulong> result, Func<ulong, ulong, (ulong Left, ulong Right)>? flags = null)
    {
        var (left, right, set) = (Left(i), Right(i), Operand.SetNumber(i, 0));
        return machine =>
        {
            var (a, b) = (left(machine), right(machine));
            set(machine, result(a, b));
            if (flags is not null)
            {
                machine.SetFlags(flags(a, b).Left, flags(a, b).Right, result(a, b));
            }
        };
    }

    private static Action<Machine> Compare(Instruction i, Func<ulong, ulong, (ulong Left, ulong Right)> flags)
    {
        var (left, right) = (Left(i), Right(i));
        return machine =>
        {
            var (a, b) = flags(left(machine), right(machine));
            machine.SetFlags(a, b, a - b);
        };
    }

    // What a move overwrites is not read.
    private static Func<Machine, ulong> Left(Instruction i) => i.Mnemonic == Mnemonic.Mov ? _ => 0 : Operand.Number(i, 0);

    private static Func<Machine, ulong> Right(Instruction i) => i.OpCount == 1 ? _ => 0 : Operand.Number(i, 1);

    private static Action<Machine> LoadAddress(Instruction i)
    {
        var (address, set) = (Operand.Address(i), Operand.SetNumber(i, 0));
        return machine => set(machine, address(machine));
    }

    private static Action<Machine> MoveIf(Instruction i, Func<Machine, bool> condition)
    {
        var (from, set) = (Operand.Number(i, 1), Operand.SetNumber(i, 0));
        return machine =>
        {
            if (condition(machine))
            {
                set(machine, from(machine));
            }
        };
    }

    private static Action<Machine> Exchange(Instruction i)
    {
        var (left, right, setLeft, setRight) =
            (Operand.Number(i, 0), Operand.Number(i, 1), Operand.SetNumber(i, 0), Operand.SetNumber(i, 1));
        return machine =>
        {
            var (a, b) = (left(machine), right(machine));
            setLeft(machine, b);
            setRight(machine, a);
        };
    }

    private static Action<Machine> Branch(int target) => machine => machine.Next = machine.IsZero ? machine.Next : target;

    private static unsafe Action<Machine> Push(Instruction i)
    {
        var number = Operand.Number(i, 0);
        return machine =>
        {
            machine[Register.RSP] -= sizeof(ulong);
            *(ulong*)machine.Memory(machine[Register.RSP], sizeof(ulong)) = number(machine);
        };
    }

    private static unsafe Action<Machine> Pop(Instruction i)
    {
        var set = Operand.SetNumber(i, 0);
        return machine =>
        {
            set(machine, *(ulong*)machine.Memory(machine[Register.RSP], sizeof(ulong)));
            machine[Register.RSP] += sizeof(ulong);
        };
    }
}
