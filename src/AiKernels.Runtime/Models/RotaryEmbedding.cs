using AiKernels.Numerics;

namespace AiKernels.Runtime.Models;

/// <summary>
/// The cosines and sines of a batch's positions: rotation [T,R], R/2 cosines and then R/2 sines a row. Angles are
/// computed in double precision by functions of our own, and rounded once.
/// </summary>
/// <param name="frequencies">Radians per position of each pair.</param>
public sealed class RotaryEmbedding(double[] frequencies)
{
    /// <summary>R, the channels of a head that are turned.</summary>
    public int Length => 2 * frequencies.Length;

    /// <summary>Fills rotation for consecutive rows of <paramref name="positions"/>.</summary>
    public void Fill(ReadOnlySpan<int> positions, Span<float> rotation)
    {
        for (var t = 0; t < positions.Length; t++)
        {
            var row = rotation.Slice(t * Length, Length);
            for (var i = 0; i < frequencies.Length; i++)
            {
                var (sin, cos) = Elementary.SinCos(positions[t] * frequencies[i]);
                row[i] = (float)cos;
                row[frequencies.Length + i] = (float)sin;
            }
        }
    }
}
