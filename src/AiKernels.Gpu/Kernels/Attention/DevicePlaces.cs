using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>Where a step's tokens are: each one's position, and its sequence's pages.</summary>
/// <param name="places">[2 T + pages]: positions; where in it each token's pages begin; pages.</param>
/// <param name="tokens">T.</param>
internal readonly struct DevicePlaces(ArrayView<int> places, int tokens)
{
    private readonly ArrayView<int> _places = places;
    private readonly int _tokens = tokens;

    public int Position(int token) => _places[token];

    public int Page(int token, int page) => _places[_places[_tokens + token] + page];
}
