using Iced.Intel;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>What a routine sees of an x64 processor: registers, flags, a stack, tiles, and memory at its true addresses.</summary>
internal sealed unsafe class Machine
{
    public const int VectorCount = 32, VectorBytes = 64, TileCount = 8;

    private const int StackBytes = 1024;

    private readonly ulong[] _general = new ulong[16];
    private readonly byte[] _vectors = GC.AllocateArray<byte>(VectorCount * VectorBytes, pinned: true);
    private readonly byte[] _stack = GC.AllocateArray<byte>(StackBytes, pinned: true);

    public Machine()
    {
        // A routine finds anything in the registers.
        var random = new Random(1);
        random.NextBytes(_vectors);
        for (var i = 0; i < _general.Length; i++)
        {
            _general[i] = (ulong)random.NextInt64();
        }

        this[Register.RSP] = Top;
    }

    /// <summary>Where the stack begins: a multiple of 16, as both conventions want it before a call.</summary>
    public ulong Top => Address(_stack) + StackBytes & ~15UL;

    /// <summary>The instruction that comes next, by its place in the program.</summary>
    public int Next { get; set; }

    public bool IsZero { get; private set; }

    /// <summary>Of the last comparison: left less than right, signed.</summary>
    public bool IsLess { get; private set; }

    /// <summary>Of the last comparison: left above right, unsigned.</summary>
    public bool IsAbove { get; private set; }

    /// <summary>The tiles, while they are configured.</summary>
    public Tile[]? Tiles { get; set; }

    /// <summary>All memory that a routine may touch beside its stack; null for any.</summary>
    public IReadOnlyList<(ulong Start, ulong End)>? Allowed { get; set; }

    /// <summary>A general register, whole or its lower half; writing the half clears the other.</summary>
    public ulong this[Register register]
    {
        get => register.IsGPR32() ? (uint)_general[register.GetNumber()] : _general[register.GetNumber()];
        set => _general[register.GetNumber()] = register.IsGPR32() ? (uint)value : value;
    }

    public byte* Vector(Register register) => (byte*)Address(_vectors) + (register.GetNumber() * VectorBytes);

    /// <summary>So many bytes of memory.</summary>
    public byte* Memory(ulong address, int bytes)
    {
        var isMine = address >= Address(_stack) && address + (ulong)bytes <= Address(_stack) + StackBytes;
        if (Allowed is not null && !isMine && !Allowed.Any(range => address >= range.Start && address + (ulong)bytes <= range.End))
        {
            throw new InvalidOperationException($"{bytes} bytes at {address:X} are not the routine's");
        }

        return (byte*)address;
    }

    /// <summary>Sets the flags of a result, and of the comparison of the two numbers that it is the difference of.</summary>
    public void SetFlags(ulong left, ulong right, ulong result) =>
        (IsZero, IsLess, IsAbove) = (result == 0, (long)left < (long)right, left > right);

    /// <summary>The upper three quarters of a vector register, of those that a VEX instruction can name, become zeros.</summary>
    public void ZeroUpper()
    {
        for (var i = 0; i < 16; i++)
        {
            new Span<byte>(Vector(Register.ZMM0 + i) + 16, VectorBytes - 16).Clear();
        }
    }

    private static ulong Address(byte[] pinned) => (ulong)System.Runtime.CompilerServices.Unsafe.AsPointer(ref pinned[0]);
}
