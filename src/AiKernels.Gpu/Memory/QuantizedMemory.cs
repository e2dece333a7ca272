using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;

namespace AiKernels.Gpu.Memory;

/// <summary>An operation's input quantized in blocks of one length or several, each once; the memory stays for the next.</summary>
internal sealed class QuantizedMemory(OpenDevice device, ElementKernels kernels)
{
    private readonly Dictionary<int, (GrowingBuffer<int> Codes, GrowingBuffer<float> Scales, GrowingBuffer<int> Sums)> _memory = [];
    private readonly Dictionary<int, QuantizedRows> _quantized = [];
    private DeviceMatrix _input;
    private int _rows, _columns;
    private bool _inTiles;

    /// <summary>Another operation begins: what is there is of another input.</summary>
    /// <param name="input">x [T,K].</param>
    /// <param name="rows">T.</param>
    /// <param name="columns">K.</param>
    /// <param name="inTiles">Whether tokens lie side by side, see <see cref="QuantizedRows"/>.</param>
    public void Begin(DeviceMatrix input, int rows, int columns, bool inTiles)
    {
        _quantized.Clear();
        (_input, _rows, _columns, _inTiles) = (input, rows, columns, inTiles);
    }

    /// <summary>The operation's input in blocks of so many, quantized unless it was before.</summary>
    public QuantizedRows Get(int blockLength)
    {
        if (!_quantized.TryGetValue(blockLength, out var quantized))
        {
            quantized = Add(blockLength);
            kernels.Quantize(_input, _rows, quantized);
        }

        return quantized;
    }

    /// <summary>Memory for the operation's input in blocks of so many, which the caller quantizes.</summary>
    public QuantizedRows Add(int blockLength)
    {
        var quantized = Allocate(blockLength);
        _quantized[blockLength] = quantized;
        return quantized;
    }

    private QuantizedRows Allocate(int blockLength)
    {
        if (!_memory.TryGetValue(blockLength, out var memory))
        {
            _memory[blockLength] = memory =
                (new GrowingBuffer<int>(device), new GrowingBuffer<float>(device), new GrowingBuffer<int>(device));
        }

        var numbers = QuantizedRows.MemoryRows(_rows, _inTiles) * _columns;
        return new QuantizedRows(
            memory.Codes.Get(numbers / sizeof(int)),
            memory.Scales.Get(numbers / blockLength),
            memory.Sums.Get(numbers / QuantizedRows.SumLength),
            _columns,
            blockLength,
            _inTiles ? 1 : 0);
    }
}
