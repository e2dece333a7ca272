using System.Runtime.InteropServices;
using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels;

/// <summary>
/// The operations a transformer needs, on memory that a device owns.
/// </summary>
/// <remarks>
/// <para>
/// Operations take effect in the order of the calls, but a call may return before its work is done:
/// <see cref="Read"/>, <see cref="ReadLargest"/> and <see cref="ReadPage"/> are the only waits. Operands must stay alive,
/// and host buffers that were passed are free again when the call returns.
/// </para>
/// <para>
/// Shapes use one alphabet: T tokens, H query heads, G key/value heads, D head size, K inputs, N outputs, P page. Every
/// operation checks its shapes and throws <see cref="ArgumentException"/> naming them; nothing was enqueued then.
/// </para>
/// <para>
/// An operation's output shares no memory with its inputs, or with another output of the call; where y may be an input,
/// it is that very tensor. Both are checked.
/// </para>
/// <para>
/// Results are defined by docs/ARITHMETIC.md to the bit: they depend on neither the backend, the processor, the number
/// of threads nor on which tokens share a call. One thread at a time may call a backend, except for <see cref="Upload"/>,
/// which may run on several threads for different rows, and <see cref="ReadPacked"/>.
/// </para>
/// </remarks>
public interface IBackend : IDisposable
{
    /// <summary>What it is, for people: the device and the instruction set.</summary>
    string Description { get; }

    /// <summary>Memory for a matrix of floats, zeroed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    /// <exception cref="OutOfMemoryException">The device has too little memory.</exception>
    Tensor Allocate(int rows, int columns);

    /// <summary>Memory for a weight matrix w [N,K]; its rows read as zero until uploaded.</summary>
    /// <param name="type">How the numbers are stored.</param>
    /// <param name="rows">N, the outputs.</param>
    /// <param name="columns">K, the inputs.</param>
    /// <param name="layer">
    /// The layer of a model that reads it, where a backend of several devices keeps that layer; others have all in one place.
    /// </param>
    /// <exception cref="NotSupportedException">The format can't be computed with.</exception>
    /// <exception cref="ArgumentException">K is not a whole number of the format's blocks.</exception>
    /// <exception cref="OutOfMemoryException">The device has too little memory.</exception>
    Weight AllocateWeight(GgmlType type, int rows, int columns, int layer = 0);

    /// <summary>Bytes that <see cref="AllocateWeight"/> would take for the same, by its <see cref="Weight.ByteLength"/>; none is taken.</summary>
    /// <exception cref="NotSupportedException">The format can't be computed with.</exception>
    /// <exception cref="ArgumentException">K is not a whole number of the format's blocks.</exception>
    long WeightBytes(GgmlType type, int rows, int columns, int layer = 0);

    /// <summary>
    /// Fills rows of a weight from their stored form; a call starts at a multiple of <see cref="PanelLayout.Rows"/> and
    /// ends at one or at the last row.
    /// </summary>
    /// <param name="weight">The weight.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rows">Whole rows, as in the file.</param>
    /// <exception cref="ArgumentException">The bytes are no whole panels of the weight, or it was adopted.</exception>
    void Upload(Weight weight, int firstRow, ReadOnlySpan<byte> rows);

    /// <summary>
    /// Names the layout of this backend's weights, where they may be kept in a file: bytes that <see cref="ReadPacked"/> gave
    /// can be adopted by any backend that gives the same name. Null where they can't.
    /// </summary>
    string? PackedLayout => null;

    /// <summary>
    /// A weight that has the bytes of an earlier one of its type and shape. The memory is only read; a backend that computes
    /// in the host's memory reads it where it is, and holds it until the weight is freed.
    /// </summary>
    /// <param name="type">How the numbers are stored.</param>
    /// <param name="rows">N, the outputs.</param>
    /// <param name="columns">K, the inputs.</param>
    /// <param name="memory">Where the bytes are.</param>
    /// <param name="offset">The first of them, a multiple of 64 from the start of a page.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="layer">The layer of a model that reads it, as in <see cref="AllocateWeight"/>.</param>
    /// <returns>Null if such a weight has another length or alignment, or this backend adopts none.</returns>
    Weight? AdoptWeight(GgmlType type, int rows, int columns, SafeBuffer memory, long offset, long length, int layer = 0) =>
        null;

    /// <summary>Copies bytes of a weight as they lie in memory. May run on several threads.</summary>
    /// <param name="weight">The weight; all its rows are uploaded.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="destination">Receives as many as it holds.</param>
    /// <exception cref="ArgumentException">The weight has fewer bytes.</exception>
    /// <exception cref="NotSupportedException"><see cref="PackedLayout"/> is null.</exception>
    void ReadPacked(Weight weight, long offset, Span<byte> destination) =>
        throw new NotSupportedException($"the weights of '{Description}' can't be read back");

    /// <summary>Memory for the keys and values of <paramref name="pages"/> pages.</summary>
    /// <exception cref="NotSupportedException">Heads are longer than the device takes.</exception>
    /// <exception cref="OutOfMemoryException">The device has too little memory.</exception>
    KeyValueCache AllocateCache(KeyValueShape shape, int pages);

    /// <summary>
    /// Copies a page: <paramref name="target"/> gets all that <paramref name="source"/> holds. For sequences that share a page
    /// until one of them writes to it.
    /// </summary>
    /// <exception cref="ArgumentException">They are the same page.</exception>
    void CopyPage(KeyValueCache cache, int source, int target);

    /// <summary>Zeroes all memory of a page, so that nothing is left of what it held.</summary>
    void ClearPage(KeyValueCache cache, int page);

    /// <summary>
    /// Waits for all work enqueued so far and copies the first positions of a page to the host. An image is the same
    /// whatever backend it comes from, and can be written to any: for each layer and each key/value head the keys
    /// [positions, D], then the values [positions, D], rows as a file stores that type's.
    /// </summary>
    /// <param name="cache">The cache.</param>
    /// <param name="page">The page.</param>
    /// <param name="positions">How many, from the page's first on; what stands behind them is not read.</param>
    /// <param name="image">Exactly <see cref="KeyValueShape.ImageBytes"/>.</param>
    void ReadPage(KeyValueCache cache, int page, int positions, Span<byte> image);

    /// <summary>Makes the first positions of a page what an image says, whatever its bytes; see <see cref="ReadPage"/>.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="page">The page.</param>
    /// <param name="positions">How many, from the page's first on; what stands behind them stays.</param>
    /// <param name="image">Exactly <see cref="KeyValueShape.ImageBytes"/>.</param>
    void WritePage(KeyValueCache cache, int page, int positions, ReadOnlySpan<byte> image);

    /// <summary>Copies values from the host: x = values.</summary>
    void Write(Tensor x, ReadOnlySpan<float> values);

    /// <summary>Waits for all work enqueued so far and copies x to the host.</summary>
    void Read(Tensor x, Span<float> values);

    /// <summary>
    /// Waits for all work enqueued so far and copies the largest numbers of each row to the host, ranked: x [T,N] ->
    /// largest [T, as many as there is room for, at least one]. What a choice of a token needs of its logits.
    /// </summary>
    void ReadLargest(Tensor x, Span<RankedValue> largest);

    /// <summary>Looks rows of a table up: y[t] = w[tokens[t]], w [N,K] -> y [T,K].</summary>
    void Embed(Weight table, ReadOnlySpan<int> tokens, Tensor y);

    /// <summary>Copies rows: y[i] = x[rows[i]], x [T,K] -> y [rows,K].</summary>
    void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y);

    /// <summary>
    /// Root mean square norm of every <c>gain.Columns</c> channels: y = x / sqrt(mean(x^2) + epsilon) * gain,
    /// x [T, m D], gain [1,D] -> y [T, m D]. y may be x. Source: arXiv:1910.07467.
    /// </summary>
    void RmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y);

    /// <summary>
    /// Products of the same input with several weights: x [T,K], w [N,K] -> y [T,N], see <see cref="Projection"/>.
    /// Quantized weights multiply with x quantized to 8 bits.
    /// </summary>
    void MatMul(Tensor x, params ReadOnlySpan<Projection> projections);

    /// <summary>
    /// Rotary position embedding of the first R channels of every head, in place: x [T, m D], rotation [T, R] holding
    /// R/2 cosines, then R/2 sines. Source: arXiv:2104.09864.
    /// </summary>
    void Rope(Tensor x, int headLength, RopePairing pairing, Tensor rotation);

    /// <summary>
    /// Walsh-Hadamard transform of every B channels, in place, B being the largest power of two that divides a head: x [T, m D].
    /// It keeps lengths and products of heads, is its own inverse, and spreads what sticks out of a head over its channels:
    /// queries and keys that are both transformed give the same scores, and quantized keys better ones. Source: arXiv:2404.00456.
    /// </summary>
    void HadamardTransform(Tensor x, int headLength);

    /// <summary>
    /// Stores keys and values [T, G D] of a layer at the batch's positions; <see cref="Attention"/> reads them there.
    /// </summary>
    void Store(KeyValueCache cache, int layer, Batch batch, Tensor keys, Tensor values);

    /// <summary>
    /// Causal attention of every token over its own sequence up to its own position, each query head h with key/value
    /// head h G / H: y = softmax(scale q k^T) v, q [T, H D] -> y [T, H D]. Every position up to a token's own was stored.
    /// </summary>
    void Attention(Tensor q, KeyValueCache cache, int layer, Batch batch, float scale, Tensor y);
}
