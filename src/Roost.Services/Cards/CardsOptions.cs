using Roost.Services.Outbound;

namespace Roost.Services.Cards;

/// <summary>Whether and how pages are fetched for the cards of links.</summary>
public sealed record CardsOptions
{
    /// <summary>Off unless told: <c>roost up</c> turns it on.</summary>
    public bool IsOn { get; init; }

    /// <summary>Whether this link's page may be fetched now; one that may not has no card until it may.</summary>
    public Func<string, bool> MayFetch { get; init; } = _ => true;

    /// <summary>Where fetching may lead.</summary>
    public OutboundGuard Guard { get; init; } = OutboundGuard.PublicOnly;

    /// <summary>By which servers know who asks.</summary>
    public string UserAgent { get; init; } = "Roost/0.1 (link previews)";

    /// <summary>For one page, redirections included; so for its picture.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of a page so much is read: what it says of itself stands at its beginning.</summary>
    public int PageBytesMax { get; init; } = 512 << 10;

    /// <summary>A larger picture is left out.</summary>
    public int PictureBytesMax { get; init; } = 4 << 20;

    /// <summary>Pages fetched at a time, 1 or more.</summary>
    public int FetchersMax { get; init; } = 4;

    /// <summary>Links that wait to be fetched; what comes beyond is asked for again another time.</summary>
    public int WaitingMax { get; init; } = 1_024;

    /// <summary>After that a page is looked at again when somebody asks.</summary>
    public TimeSpan GoodFor { get; init; } = TimeSpan.FromDays(14);

    /// <summary>The same for one that could not be had or says nothing.</summary>
    public TimeSpan NothingFor { get; init; } = TimeSpan.FromHours(6);

    /// <summary>So long after it was good a card is forgotten.</summary>
    public TimeSpan KeptFor { get; init; } = TimeSpan.FromDays(30);
}
