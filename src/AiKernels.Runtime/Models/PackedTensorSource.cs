using AiKernels.Runtime.Files.Packed;

namespace AiKernels.Runtime.Models;

/// <summary>Tensors of a source whose weights may be at hand already packed.</summary>
internal sealed class PackedTensorSource(TensorSource source, PackedCache cache) : TensorSource
{
    public override bool TryFind(string name, out StoredTensor tensor) => source.TryFind(name, out tensor);

    public override void ReadRows(StoredTensor tensor, int firstRow, int count, RowReader read) =>
        source.ReadRows(tensor, firstRow, count, read);

    public override PackedWeight? FindPacked(StoredTensor tensor, int layer) => cache.Find(tensor, layer);

    public override void Packed(StoredTensor tensor, PackedWeight weight) => cache.Add(tensor, weight);

    public override InvalidDataException Invalid(StoredTensor tensor, string problem) => source.Invalid(tensor, problem);

    public override InvalidDataException Missing(string name) => source.Missing(name);
}
