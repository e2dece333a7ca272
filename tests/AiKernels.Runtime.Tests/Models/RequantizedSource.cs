using System.Collections.Concurrent;
using AiKernels.Formats;
using AiKernels.Runtime.Models;

namespace AiKernels.Runtime.Tests.Models;

/// <summary>A model's tensors with its matrices stored in another format; vectors stay as they are. Kept for the next load.</summary>
internal sealed class RequantizedSource(TensorSource source, GgmlType type) : TensorSource
{
    private readonly ConcurrentDictionary<(string Name, int FirstRow, int Count), byte[]> _requantized = [];

    /// <inheritdoc/>
    public override bool TryFind(string name, out StoredTensor tensor)
    {
        var found = source.TryFind(name, out tensor);
        if (found && tensor.Rows > 1)
        {
            tensor = tensor with { Type = type };
        }

        return found;
    }

    /// <inheritdoc/>
    public override void ReadRows(StoredTensor tensor, int firstRow, int count, RowReader read)
    {
        if (!source.TryFind(tensor.Name, out var stored))
        {
            throw Missing(tensor.Name);
        }

        if (stored.Type == tensor.Type)
        {
            source.ReadRows(stored, firstRow, count, read);
            return;
        }

        read(_requantized.GetOrAdd((tensor.Name, firstRow, count), _ =>
        {
            var values = new float[count * tensor.Columns];
            source.ReadRows(stored, firstRow, count, bytes => SupportedFormats.Get(stored.Type).Dequantize(bytes, values));
            var requantized = new byte[count * tensor.Type.RowBytes(tensor.Columns)];
            SupportedFormats.Get(tensor.Type).Quantize(values, requantized);
            return requantized;
        }));
    }

    /// <inheritdoc/>
    public override InvalidDataException Invalid(StoredTensor tensor, string problem) => source.Invalid(tensor, problem);

    /// <inheritdoc/>
    public override InvalidDataException Missing(string name) => source.Missing(name);
}
