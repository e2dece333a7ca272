using Iced.Intel;

namespace AiKernels.Cpu.Assembled;

/// <summary>Where an operand lies: base + index * scale + displacement.</summary>
internal readonly record struct Address(Register Base, int Displacement = 0, Register Index = Register.None, int Scale = 1)
{
    public static Address operator +(Address address, int bytes) => address with { Displacement = address.Displacement + bytes };

    public MemoryOperand Operand => new(Base, Index, Scale, Displacement, Displacement == 0 ? 0 : 1, false, Register.None);
}

/// <summary>Collects a routine's instructions, and names those on addresses and counters, and loops.</summary>
internal abstract class GeneralAssembler
{
    private readonly List<Instruction> _instructions = [];
    private ulong _labels;
    private ulong _pendingLabel;

    /// <summary>All instructions so far, in order.</summary>
    public IReadOnlyList<Instruction> Instructions => _instructions;

    public void LoadPointer(Register to, Address from) => Add(Instruction.Create(Code.Mov_r64_rm64, to, from.Operand));

    public void StorePointer(Address to, Register from) => Add(Instruction.Create(Code.Mov_rm64_r64, to.Operand, from));

    public void Exchange(Register left, Register right) => Add(Instruction.Create(Code.Xchg_rm64_r64, left, right));

    public void Move(Register to, Register from) => Add(Instruction.Create(Code.Mov_r64_rm64, to, from));

    public void Move(Register to, int value) => Add(Instruction.Create(Code.Mov_rm64_imm32, to, value));

    /// <summary>The address itself, not what is there.</summary>
    public void LoadAddress(Register to, Address of) => Add(Instruction.Create(Code.Lea_r64_m, to, of.Operand));

    public void Add(Register to, int value) => Add(Instruction.Create(Code.Add_rm64_imm32, to, value));

    /// <summary>Adds to the pointer at an address.</summary>
    public void Add(Address to, int value) => Add(Instruction.Create(Code.Add_rm64_imm32, to.Operand, value));

    public void Add(Register to, Register value) => Add(Instruction.Create(Code.Add_r64_rm64, to, value));

    public void Subtract(Register from, Register value) => Add(Instruction.Create(Code.Sub_r64_rm64, from, value));

    /// <summary>The smaller of a register and a constant, both positive.</summary>
    public void Minimum(Register to, Register left, int right)
    {
        Move(to, right);
        Add(Instruction.Create(Code.Cmp_r64_rm64, left, to));
        Add(Instruction.Create(Code.Cmovl_r64_rm64, to, left));
    }

    /// <summary>The smaller of two addresses.</summary>
    public void Minimum(Register to, Register other)
    {
        Add(Instruction.Create(Code.Cmp_r64_rm64, to, other));
        Add(Instruction.Create(Code.Cmova_r64_rm64, to, other));
    }

    /// <summary>Brings the cache line of an address closer.</summary>
    public void Prefetch(Address of) => Add(Instruction.Create(Code.Prefetcht0_m8, of.Operand));

    public void Push(Register register) => Add(Instruction.Create(Code.Push_r64, register));

    public void Pop(Register register) => Add(Instruction.Create(Code.Pop_r64, register));

    /// <summary>Runs <paramref name="body"/> until <paramref name="counter"/>, which starts above 0, has been counted down.</summary>
    public void Repeat(Register counter, Action body)
    {
        var start = NextInstruction();
        body();
        Add(Instruction.Create(Code.Dec_rm64, counter));
        Add(Instruction.CreateBranch(Code.Jne_rel32_64, start));
    }

    /// <summary>Runs <paramref name="body"/>, which takes from <paramref name="left"/>, until nothing is left.</summary>
    public void RepeatUntilZero(Register left, Action body)
    {
        var start = NextInstruction();
        body();
        Add(Instruction.Create(Code.Test_rm64_r64, left, left));
        Add(Instruction.CreateBranch(Code.Jne_rel32_64, start));
    }

    /// <summary>Runs <paramref name="body"/> a known number of times.</summary>
    public void Repeat(Register counter, int times, Action body)
    {
        if (times == 1)
        {
            body();
            return;
        }

        Move(counter, times);
        Repeat(counter, body);
    }

    /// <summary>Any other instruction.</summary>
    public void Add(Instruction instruction)
    {
        // A label is an instruction's address before encoding; addresses of 0 are nobody's.
        instruction.IP = _pendingLabel;
        _pendingLabel = 0;
        _instructions.Add(instruction);
    }

    /// <summary>The label of what comes next; two loops may begin there.</summary>
    private ulong NextInstruction() => _pendingLabel != 0 ? _pendingLabel : _pendingLabel = ++_labels;
}
