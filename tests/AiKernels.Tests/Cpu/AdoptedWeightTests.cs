using System.Runtime.InteropServices;
using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Reference;
using Xunit;

namespace AiKernels.Tests.Cpu;

/// <summary>A weight on memory that belongs to somebody else: same bits, read only, held as long as it lives.</summary>
public class AdoptedWeightTests
{
    private const int Rows = 40, Columns = 256;
    private const GgmlType Type = GgmlType.Q4_K;

    [Fact]
    public void It_multiplies_like_the_one_whose_bytes_it_reads_and_holds_them()
    {
        using var backend = new CpuBackend(2);
        using var packed = Packed(backend);
        var (bytes, memory) = Copy(backend, packed);
        using var adopted = backend.AdoptWeight(Type, Rows, Columns, memory, 64, packed.ByteLength);
        Assert.NotNull(adopted);
        Assert.Equal(packed.ByteLength, adopted.ByteLength);

        memory.Dispose(); // Its owner's hold; the weight has its own.
        Assert.Equal(0, bytes.Freed);
        Bits.AssertEqual(Product(backend, packed), Product(backend, adopted));

        adopted.Dispose();
        adopted.Dispose();
        Assert.Equal(1, bytes.Freed);
        Assert.Throws<ObjectDisposedException>(() => Product(backend, adopted));
    }

    [Fact]
    public void It_is_never_written()
    {
        using var backend = new CpuBackend(1);
        using var packed = Packed(backend);
        var (_, memory) = Copy(backend, packed);
        using var _ = memory;
        using var adopted = backend.AdoptWeight(Type, Rows, Columns, memory, 64, packed.ByteLength)!;
        Assert.Throws<ArgumentException>(() => backend.Upload(adopted, 0, new byte[Type.RowBytes(Columns) * Rows]));
    }

    [Fact]
    public void Bytes_that_are_not_as_many_or_not_aligned_are_declined()
    {
        using var backend = new CpuBackend(1);
        using var packed = Packed(backend);
        var (_, memory) = Copy(backend, packed);
        using var _ = memory;
        var length = packed.ByteLength;
        Assert.Null(backend.AdoptWeight(Type, Rows, Columns, memory, 64, length - 64));
        Assert.Null(backend.AdoptWeight(Type, Rows + 16, Columns, memory, 64, length));
        Assert.Null(backend.AdoptWeight(Type, Rows, Columns, memory, 32, length));
        Assert.Null(backend.AdoptWeight(Type, Rows, Columns, memory, -64, length));
        Assert.Null(backend.AdoptWeight(Type, Rows, Columns, memory, 128, length)); // Beyond the end.
        Assert.Null(backend.AdoptWeight(Type, Rows, Columns, memory, long.MaxValue / 64 * 64, length));
        Assert.Throws<ArgumentException>(() => backend.ReadPacked(packed, 1, new byte[length]));
        Assert.Throws<ArgumentException>(() => backend.ReadPacked(packed, -1, new byte[1]));
    }

    [Fact]
    public void A_backend_may_keep_its_weights_to_itself()
    {
        using IBackend backend = new ReferenceBackend();
        using var weight = backend.AllocateWeight(Type, Rows, Columns);
        Assert.Null(backend.PackedLayout);
        Assert.Null(backend.AdoptWeight(Type, Rows, Columns, new Memory(64), 0, 64));
        Assert.Throws<NotSupportedException>(() => backend.ReadPacked(weight, 0, new byte[1]));
    }

    private static Weight Packed(CpuBackend backend)
    {
        var weight = backend.AllocateWeight(Type, Rows, Columns);
        backend.Upload(weight, 0, RandomNumbers.Stored(new Random(1), Type, Rows, Columns));
        return weight;
    }

    /// <summary>Memory that holds a weight's bytes behind 64 others.</summary>
    private static (Memory Counter, SafeBuffer Memory) Copy(CpuBackend backend, Weight weight)
    {
        var bytes = new byte[weight.ByteLength];
        backend.ReadPacked(weight, 0, bytes);
        var memory = new Memory(64 + bytes.Length);
        memory.WriteArray(64, bytes, 0, bytes.Length);
        return (memory, memory);
    }

    private static float[] Product(CpuBackend backend, Weight weight)
    {
        var (x, y) = (backend.Allocate(2, Columns), backend.Allocate(2, Rows));
        backend.Write(x, RandomNumbers.Normal(new Random(2), 2 * Columns));
        backend.MatMul(x, new Projection(weight, y));
        var values = new float[2 * Rows];
        backend.Read(y, values);
        return values;
    }

    /// <summary>Aligned memory that counts how often it was freed.</summary>
    private sealed unsafe class Memory : SafeBuffer
    {
        public Memory(int length)
            : base(ownsHandle: true)
        {
            Initialize((ulong)length);
            SetHandle((nint)NativeMemory.AlignedAlloc((nuint)length, 64));
        }

        public int Freed { get; private set; }

        protected override bool ReleaseHandle()
        {
            NativeMemory.AlignedFree((void*)handle);
            Freed++;
            return true;
        }
    }
}
