using System.Runtime.InteropServices;
using AiKernels.Cpu.Assembled;
using Iced.Intel;
using Xunit;
using static Iced.Intel.Register;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>The model's instructions against the processor's own, each on random operands: then the model is what kernels run on.</summary>
public class InstructionTests
{
    private const int Registers = Machine.VectorCount, RegisterBytes = Machine.VectorBytes;

    private static readonly Address Memory = new(RCX, 64);

    private static readonly Dictionary<string, Action<VectorAssembler>> Instructions = new()
    {
        ["Load"] = a => a.Load(1, Memory),
        ["Store"] = a => a.Store(Memory, 1),
        ["Move"] = a => a.Move(1, 2),
        ["Zero"] = a => a.Zero(1),
        ["Broadcast from memory"] = a => a.Broadcast(1, Memory + 4),
        ["Broadcast a constant"] = a => a.Broadcast(1, -123456),
        ["LoadSignedBytes"] = a => a.LoadSignedBytes(1, Memory + 3),
        ["LoadUInt16"] = a => a.LoadUInt16(1, Memory + 6),
        ["LoadHalves"] = a => a.LoadHalves(1, Memory + 2),
        ["Dot"] = a => a.Dot(1, 2, 3),
        ["PairDot"] = a => a.PairDot(1, 2, 3),
        ["MultiplyBytes"] = a => a.MultiplyBytes(1, 2, 3),
        ["MultiplyPairs"] = a => a.MultiplyPairs(1, 2, 3),
        ["AddHalves"] = a => a.AddHalves(1, 2, 3),
        ["AbsoluteBytes"] = a => a.AbsoluteBytes(1, 2),
        ["MoveSigns"] = a => a.MoveSigns(1, 2, 3),
        ["ShuffleBytes"] = a => a.ShuffleBytes(1, 2, 3),
        ["Ones"] = a => a.Ones(1),
        ["AddInt"] = a => a.AddInt(1, 2, 3),
        ["MultiplyInt"] = a => a.MultiplyInt(1, 2, 3),
        ["MultiplyHalves"] = a => a.MultiplyHalves(1, 2, 3),
        ["SubtractHalves"] = a => a.SubtractHalves(1, 2, 3),
        ["SubtractBytes"] = a => a.SubtractBytes(1, 2, 3),
        ["ShiftLeftInt"] = a => a.ShiftLeftInt(1, 2, 7),
        ["SubtractInt"] = a => a.SubtractInt(1, 2, 3),
        ["ShiftRightArithmeticInt"] = a => a.ShiftRightArithmeticInt(1, 2, 9),
        ["RoundToInt"] = a => a.RoundToInt(1, 2),
        ["ShiftRightInt"] = a => a.ShiftRightInt(1, 2, 7),
        ["ToFloat"] = a => a.ToFloat(1, 2),
        ["And"] = a => a.And(1, 2, 3),
        ["Or"] = a => a.Or(1, 2, 3),
        ["Xor"] = a => a.Xor(1, 2, 3),
        ["ShiftRightHalves"] = a => a.ShiftRightHalves(1, 2, 5),
        ["ShiftLeftHalves"] = a => a.ShiftLeftHalves(1, 2, 5),
        ["Multiply"] = a => a.Multiply(1, 2, 3),
        ["MultiplyAdd"] = a => a.MultiplyAdd(1, 2, 3),
        ["MultiplySubtract"] = a => a.MultiplySubtract(1, 2, 3),
        ["MultiplyThenAdd"] = a => a.MultiplyThenAdd(1, 2, 3),
        ["Scale"] = a =>
        {
            a.RoundToInt(3, 3);
            a.ToFloat(3, 3);
            if (a.IsWide)
            {
                a.Scale(1, 2, 3);
            }
        },
        ["AddFloat"] = a => a.AddFloat(1, 2, 3),
        ["SubtractFloat"] = a => a.SubtractFloat(1, 2, 3),
        ["Greater"] = a => a.Greater(1, 2, 3),
        ["SwapLanes 1"] = a => a.SwapLanes(1, 2, 1),
        ["SwapLanes 2"] = a => a.SwapLanes(1, 2, 2),
        ["SwapLanes 4"] = a => a.SwapLanes(1, 2, 4),
        ["SwapLanes by half"] = a => a.SwapLanes(1, 2, a.Lanes / 2),
        ["StoreFirst"] = a => a.StoreFirst(Memory + 4, 1),
        ["LoadPointer"] = a => a.LoadPointer(RDX, Memory),
        ["StorePointer"] = a => a.StorePointer(Memory, RDX),
        ["Exchange"] = a => a.Exchange(RDX, RBX),
        ["Move a pointer"] = a => a.Move(RDX, RBX),
        ["Move a constant"] = a => a.Move(RDX, -5),
        ["LoadAddress"] = a => a.LoadAddress(RDX, new Address(RBX, -77, RSI, 4)),
        ["Add a constant"] = a => a.Add(RDX, -300),
        ["Add to memory"] = a => a.Add(Memory, 1234),
        ["Add"] = a => a.Add(RDX, RBX),
        ["Subtract"] = a => a.Subtract(RDX, RBX),
        ["Minimum with a constant"] = a => a.Minimum(RDX, RBX, 1 << 30),
        ["Minimum of addresses"] = a => a.Minimum(RDX, RBX),
        ["Prefetch"] = a => a.Prefetch(Memory),
        ["Push and pop"] = a =>
        {
            a.Push(RDX);
            a.Pop(RBX);
        },
        ["Repeat"] = a => a.Repeat(RDI, 3, () => a.Add(RDX, RBX)),
        ["RepeatUntilZero"] = a =>
        {
            a.Move(RDI, 3);
            a.RepeatUntilZero(RDI, () =>
            {
                a.Add(RDX, RBX);
                a.Add(RDI, -1);
            });
        },
    };

    public static TheoryData<bool, string> Cases
    {
        get
        {
            var data = new TheoryData<bool, string>();
            foreach (var name in Instructions.Keys)
            {
                data.Add(false, name);
                if (IsWide(name))
                {
                    data.Add(true, name);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_model_does_what_the_processor_does(bool wide, string name)
    {
        var unit = (wide, name is "Dot" or "PairDot") switch
        {
            (false, false) => AssembledUnit.Avx2,
            (false, true) => AssembledUnit.AvxVnni,
            (true, false) => AssembledUnit.Avx512,
            (true, true) => AssembledUnit.Avx512Vnni,
        };
        Assert.SkipUnless(AssembledCode.Has(unit), $"this processor has no {unit}");
        for (var seed = 0; seed < 50; seed++)
        {
            RoutineMemory.AssertSame(wide, isNative: true, a => Surround(a, Instructions[name]), memory =>
            {
                var random = new Random(seed);
                return
                [
                    memory.Add(Operands(random, Registers * RegisterBytes)), memory.Add(Operands(random, 256)),
                    memory.Add(Operands(random, 3 * sizeof(long))),
                ];
            });
        }
    }

    [Fact]
    public void All_instructions_of_the_kernels_are_compared()
    {
        foreach (var wide in (bool[])[false, true])
        {
            var compared = Instructions.Where(entry => !wide || IsWide(entry.Key)).SelectMany(entry => Codes(wide, entry.Value)).ToHashSet();
            var used = KernelRoutines.All(wide).SelectMany(body => Codes(wide, body)).Where(code => !IsOfTiles(code)).ToHashSet();
            Assert.Superset(used, compared);
        }
    }

    [Fact]
    public void What_the_model_does_not_know_is_an_error() =>
        Assert.Throws<NotSupportedException>(() => ModelRoutine.Assemble(wide: true, a => a.Add(Instruction.Create(Code.Cpuid))));

    [Fact]
    public void What_a_routine_may_not_touch_is_an_error() => Assert.Throws<InvalidOperationException>(() =>
        RoutineMemory.AssertSame(wide: true, isNative: false, a =>
        {
            a.LoadPointer(RCX, new Address(Routine.Arguments));
            a.Load(0, new Address(RCX, 1));
        }, memory => [memory.Add(new byte[64])]));

    [Fact]
    public void A_register_that_is_not_restored_is_an_error() => Assert.Throws<InvalidOperationException>(() =>
        RoutineMemory.AssertSame(wide: true, isNative: false, a => a.Push(RAX), _ => []));

    private static IEnumerable<Code> Codes(bool wide, Action<VectorAssembler> body) =>
        Routine.Frame(wide, forWindows: true, body).Concat(Routine.Frame(wide, forWindows: false, body)).Select(i => i.Code);

    // AVX-512 has all but one.
    private static bool IsWide(string name) => name != "MoveSigns";

    private static bool IsOfTiles(Code code) => code is Code.VEX_Ldtilecfg_m512 or Code.VEX_Tilerelease or Code.VEX_Tilezero_tmm
        or Code.VEX_Tileloadd_tmm_sibmem or Code.VEX_Tilestored_sibmem_tmm or Code.VEX_Tdpbssd_tmm_tmm_tmm;

    /// <summary>All registers are loaded before an instruction and stored after it.</summary>
    private static void Surround(VectorAssembler a, Action<VectorAssembler> instruction)
    {
        // A constant goes through the arguments' register.
        a.Move(R15, Routine.Arguments);
        a.LoadPointer(R14, new Address(R15));
        a.LoadPointer(RCX, new Address(R15, 8));
        a.LoadPointer(R13, new Address(R15, 16));
        Register[] numbers = [RDX, RBX, RSI];
        for (var i = 0; i < numbers.Length; i++)
        {
            a.LoadPointer(numbers[i], new Address(R13, i * sizeof(long)));
        }

        for (var i = 0; i < a.Registers; i++)
        {
            a.Load(i, new Address(R14, i * RegisterBytes));
        }

        instruction(a);
        for (var i = 0; i < a.Registers; i++)
        {
            a.Store(new Address(R14, i * RegisterBytes), i);
        }

        for (var i = 0; i < numbers.Length; i++)
        {
            a.StorePointer(new Address(R13, i * sizeof(long)), numbers[i]);
        }
    }

    /// <summary>Bytes of any kind, or floats, or integers at their limits.</summary>
    private static byte[] Operands(Random random, int bytes)
    {
        var content = new byte[bytes];
        random.NextBytes(content);
        var words = MemoryMarshal.Cast<byte, uint>(content.AsSpan());
        var kind = random.Next(3);
        for (var i = 0; i < words.Length && kind > 0; i++)
        {
            words[i] = kind == 1
                ? BitConverter.SingleToUInt32Bits((random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-20, 20)))
                : random.Next(5) switch { 0 => 0x80808080, 1 => 0x7FFFFFFF, 2 => 0x80008000, 3 => 0xFFFFFFFF, _ => 0x7F7F7F7F };
        }

        return content;
    }
}
