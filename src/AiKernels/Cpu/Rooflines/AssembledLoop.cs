using AiKernels.Cpu.Assembled;
using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Rooflines;

/// <summary>The products of a unit that .NET has no functions for.</summary>
/// <param name="name">The unit's name.</param>
/// <param name="unit">The unit.</param>
/// <param name="factory">Makes the routine.</param>
internal sealed unsafe class AssembledLoop(string name, AssembledUnit unit, RoutineFactory factory) : MultiplyLoop
{
    // Twelve dot products: two a cycle, up to five cycles each. With a panel and three tokens they fill the sixteen
    // registers that AVX-VNNI has. Where two instructions make one, sums of int16 wait for additions alone, and eight
    // leave a register for the product. With tiles four: no more fit beside their operands, and each takes sixteen cycles.
    private const int Panels = 4, TileTokens = 2, TilePanels = 2;

    private const int TileBytes = TileConfiguration.MaxRows * TileConfiguration.MaxRowBytes;

    // Arguments: the operands, the rounds, where the sums go, the tiles' sizes.
    private const Iced.Intel.Register Operands = RCX, Rounds = RDX, Sums = RBX, Stride = RSI;

    private readonly Lazy<Routine?> _routine = new(() =>
        factory(unit.IsWide(), unit == AssembledUnit.Amx ? MultiplyTiles : a => MultiplyVectors(a, unit.HasDots())));

    public override string Unit => name;

    public override bool IsReady => _routine.Value is not null;

    // A multiply-add is two operations.
    public override long OperationsPerRound => unit == AssembledUnit.Amx
        ? 2L * TileTokens * TilePanels * TileConfiguration.MaxRows * TileBytes
        : 2L * Tokens(unit.HasDots()) * Panels * new VectorAssembler(unit.IsWide()).Bytes;

    public override int Run(byte* operands, int rounds)
    {
        var configuration = default(TileConfiguration);
        for (var tile = 0; tile < TileConfiguration.Tiles; tile++)
        {
            configuration.Set(tile, TileConfiguration.MaxRows, TileConfiguration.MaxRowBytes);
        }

        var sums = stackalloc int[TileTokens * TilePanels * TileBytes / sizeof(int)];
        var arguments = stackalloc void*[4];
        arguments[0] = operands;
        arguments[1] = (void*)rounds;
        arguments[2] = sums;
        arguments[3] = &configuration;
        _routine.Value!.Run(arguments);
        return *sums;
    }

    private static int Tokens(bool hasDots) => hasDots ? 3 : 2;

    private static void MultiplyVectors(VectorAssembler a, bool hasDots)
    {
        var tokens = Tokens(hasDots);
        var (token, panel) = (tokens * Panels, (tokens * Panels) + tokens);
        Routine.LoadArguments(a, Operands, Rounds, Sums);
        for (var sum = 0; sum < tokens * Panels; sum++)
        {
            a.Zero(sum);
        }

        a.Repeat(Rounds, () =>
        {
            for (var t = 0; t < tokens; t++)
            {
                a.Load(token + t, new Address(Operands, t * a.Bytes));
            }

            for (var p = 0; p < Panels; p++)
            {
                a.Load(panel, new Address(Operands, (tokens + p) * a.Bytes));
                for (var t = 0; t < tokens; t++)
                {
                    Multiply(a, hasDots, (p * tokens) + t, panel, token + t);
                }
            }
        });
        AddUp(a, hasDots, tokens * Panels);
        a.Store(new Address(Sums), 0);
    }

    private static void Multiply(VectorAssembler a, bool hasDots, int sum, int panel, int token)
    {
        if (hasDots)
        {
            a.Dot(sum, panel, token);
            return;
        }

        var product = a.Registers - 1;
        a.MultiplyBytes(product, panel, token);
        a.AddHalves(sum, sum, product);
    }

    /// <summary>The first sum becomes that of all; of pairs of int16, both.</summary>
    private static void AddUp(VectorAssembler a, bool hasDots, int sums)
    {
        var ones = a.Registers - 1;
        a.Ones(ones);
        for (var sum = 0; sum < sums; sum++)
        {
            if (!hasDots)
            {
                a.MultiplyPairs(sum, sum, ones);
            }

            if (sum > 0)
            {
                a.AddInt(0, 0, sum);
            }
        }
    }

    private static void MultiplyTiles(VectorAssembler a)
    {
        const int token = TileTokens * TilePanels, panel = token + TileTokens;
        var tiles = new TileAssembler(a);
        Routine.LoadArguments(a, Operands, Rounds, Sums, Stride);
        tiles.Configure(new Address(Stride)); // Which zeroes them.
        a.Move(Stride, TileConfiguration.MaxRowBytes);
        a.Repeat(Rounds, () =>
        {
            for (var operand = 0; operand < TileTokens + TilePanels; operand++)
            {
                tiles.Load(token + operand, new Address(Operands, operand * TileBytes, Stride));
            }

            for (var sum = 0; sum < TileTokens * TilePanels; sum++)
            {
                tiles.Dot(sum, token + (sum / TilePanels), panel + (sum % TilePanels));
            }
        });
        for (var sum = 0; sum < TileTokens * TilePanels; sum++)
        {
            tiles.Store(new Address(Sums, sum * TileBytes, Stride), sum);
        }

        tiles.Release();
        a.Zero(0);
        for (var sum = 0; sum < TileTokens * TilePanels; sum++)
        {
            a.Load(1, new Address(Sums, sum * TileBytes));
            a.AddInt(0, 0, 1);
        }

        a.Store(new Address(Sums), 0);
    }
}
