namespace AiKernels.Cpu;

/// <summary>
/// The input of a product as kernels read it: the floats themselves, and, for quantized weights, records of x quantized,
/// [records][T]: the tokens that run past a piece of a weight follow each other.
/// </summary>
internal readonly unsafe struct Activations(Matrix x, ActivationLayout? layout, byte* records)
{
    private readonly byte* _records = records;

    public readonly Matrix Floats = x;
    public readonly ActivationLayout? QuantizedLayout = layout;

    public readonly ActivationLayout Layout => QuantizedLayout.GetValueOrDefault();

    /// <summary>From a token's record to its next one.</summary>
    public long RecordStride => (long)Floats.Rows * Layout.RecordBytes;

    /// <summary>The record of inputs 256 r to 256 r + 255; the next token's follows.</summary>
    public byte* Record(int record, int token) => _records + (record * RecordStride) + ((long)token * Layout.RecordBytes);
}
