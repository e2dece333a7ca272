using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu.Rooflines;

/// <summary>Reads pieces of memory, every byte once, by the widest loads there are. An item is a piece.</summary>
internal readonly unsafe struct ReadStreams<TSimd, TRegister>(Streams streams) : IWork
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int CacheLine = Streams.VisitBytes / 4;

    public void Run(int item) => Unread.Take(Read(item));

    /// <summary>All bytes of a piece's streams, or-ed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public byte Read(int item)
    {
        TRegister a = TSimd.Broadcast(0), b = a;
        for (var visit = 0L; visit < streams.Visits; visit++)
        {
            var source = streams.Piece(item) + (visit * Streams.VisitBytes);
            for (var stream = 0; stream < streams.Count; stream++, source += streams.StreamBytes)
            {
                if (Sse.IsSupported && streams.Ahead > 0)
                {
                    Sse.Prefetch0(source + streams.Ahead);
                    Sse.Prefetch0(source + streams.Ahead + CacheLine);
                    Sse.Prefetch0(source + streams.Ahead + (2 * CacheLine));
                    Sse.Prefetch0(source + streams.Ahead + (3 * CacheLine));
                }

                for (var i = 0; i < Streams.VisitBytes; i += 4 * sizeof(TRegister))
                {
                    a = TSimd.Or(a, TSimd.Load(source + i));
                    b = TSimd.Or(b, TSimd.Load(source + i + sizeof(TRegister)));
                    a = TSimd.Or(a, TSimd.Load(source + i + (2 * sizeof(TRegister))));
                    b = TSimd.Or(b, TSimd.Load(source + i + (3 * sizeof(TRegister))));
                }
            }
        }

        var bits = stackalloc byte[sizeof(TRegister)];
        TSimd.Store(bits, TSimd.Or(a, b));
        byte all = 0;
        for (var i = 0; i < sizeof(TRegister); i++)
        {
            all |= bits[i];
        }

        return all;
    }
}
