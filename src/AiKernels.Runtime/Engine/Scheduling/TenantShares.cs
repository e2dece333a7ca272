namespace AiKernels.Runtime.Engine.Scheduling;

/// <summary>
/// How much each tenant has been served, so that the one that got the least comes first. Source: the virtual token counter
/// of Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024.
/// </summary>
/// <remarks>
/// A tenant that comes back after a pause starts from where the least served of the active ones stands: nobody saves up a
/// claim by staying away, and nobody is punished for having had the machine while others didn't want it.
/// </remarks>
internal sealed class TenantShares
{
    private readonly Dictionary<string, Share> _shares = [];

    /// <summary>A tenant has one more request.</summary>
    public void Enter(string tenant)
    {
        if (!_shares.TryGetValue(tenant, out var share))
        {
            _shares[tenant] = share = new Share();
        }

        if (share.Requests++ == 0)
        {
            share.Served = Math.Max(share.Served, LeastServed(except: share) ?? 0);
        }
    }

    /// <summary>A tenant has one request fewer. Who would start anew from the same place is forgotten.</summary>
    public void Leave(string tenant)
    {
        if (--_shares[tenant].Requests == 0)
        {
            var least = LeastServed(except: null) ?? long.MaxValue;
            foreach (var (name, share) in _shares)
            {
                if (share.Requests == 0 && share.Served <= least)
                {
                    _shares.Remove(name); // Which a dictionary allows while it is walked.
                }
            }
        }
    }

    /// <summary>Counts work done for a tenant.</summary>
    public void Charge(string tenant, int cost) => _shares[tenant].Served += cost;

    /// <summary>What a tenant has got.</summary>
    public long Served(string tenant) => _shares[tenant].Served;

    private long? LeastServed(Share? except)
    {
        long? least = null;
        foreach (var share in _shares.Values)
        {
            if (share != except && share.Requests > 0)
            {
                least = Math.Min(least ?? long.MaxValue, share.Served);
            }
        }

        return least;
    }

    private sealed class Share
    {
        public int Requests;
        public long Served;
    }
}
