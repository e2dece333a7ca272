using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Models;

/// <summary>Tensors of a GGUF file, mapped a few rows at a time so that no more of the file is resident.</summary>
/// <param name="file">The file; it must stay open.</param>
public sealed class GgufTensorSource(GgufFile file) : TensorSource
{
    private string FileName => Printable.Text(Path.GetFileName(file.Path));

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The tensor is no vector and no matrix, or too large for one.</exception>
    public override bool TryFind(string name, out StoredTensor tensor)
    {
        tensor = null!;
        if (!file.TryGetTensor(name, out var found))
        {
            return false;
        }

        if (found.Dimensions.Skip(2).Any(length => length != 1) || found.Rows > int.MaxValue || found.Columns > int.MaxValue)
        {
            throw Invalid(found, $"has dimensions {string.Join(" x ", found.Dimensions)}, which is no matrix");
        }

        tensor = new StoredTensor(name, found.Type, (int)found.Rows, (int)found.Columns);
        return true;
    }

    /// <inheritdoc/>
    public override void ReadRows(StoredTensor tensor, int firstRow, int count, RowReader read)
    {
        var stored = file.Tensor(tensor.Name);
        using var window = file.Map(stored, firstRow * stored.RowBytes, checked((int)(count * stored.RowBytes)));
        read(window.Bytes);
    }

    /// <inheritdoc/>
    public override InvalidDataException Invalid(StoredTensor tensor, string problem) =>
        Invalid(file.Tensor(tensor.Name), problem);

    /// <inheritdoc/>
    public override InvalidDataException Missing(string name) =>
        new($"{FileName}: tensor {Printable.Quote(name)} is missing");

    private InvalidDataException Invalid(GgufTensor tensor, string problem) =>
        new($"{FileName}: tensor {Printable.Quote(tensor.Name)} at byte {tensor.Offset} {problem}");
}
