using AiKernels.Gpu.Kernels;

namespace AiKernels.Gpu.Memory;

/// <summary>An operation's input quantized in blocks of one length or several, each once; the memory stays for the next.</summary>
internal sealed class QuantizedMemory(GpuBackend backend)
{
    private readonly Dictionary<int, (GrowingBuffer<int> Codes, GrowingBuffer<float> Scales, GrowingBuffer<int> Sums)> _memory = [];
    private readonly Dictionary<int, QuantizedRows> _rows = [];
    private int _columns;

    /// <summary>The input.</summary>
    public DeviceMatrix Input { get; private set; }

    /// <summary>T.</summary>
    public int Rows { get; private set; }

    /// <summary>Another operation begins: what is there is of another input.</summary>
    public void Begin(DeviceMatrix input, int rows, int columns)
    {
        _rows.Clear();
        (Input, Rows, _columns) = (input, rows, columns);
    }

    /// <summary>The memory for blocks of a length; true if the input has yet to be quantized into it.</summary>
    public bool TryAdd(int blockLength, out QuantizedRows rows)
    {
        if (_rows.TryGetValue(blockLength, out rows))
        {
            return false;
        }

        if (!_memory.TryGetValue(blockLength, out var memory))
        {
            _memory[blockLength] = memory =
                (new GrowingBuffer<int>(backend), new GrowingBuffer<float>(backend), new GrowingBuffer<int>(backend));
        }

        var numbers = (long)Rows * _columns;
        _rows[blockLength] = rows = new QuantizedRows(
            memory.Codes.Get(numbers / sizeof(int)),
            memory.Scales.Get(numbers / blockLength),
            memory.Sums.Get(numbers / QuantizedRows.SumLength),
            _columns,
            blockLength);
        return true;
    }
}
