using Roost.Services.Storage;

namespace Roost.Services.Cards;

/// <summary>Verifies <c>cards.db</c> while no server runs: the database, and that every card can be read.</summary>
public static class CardsCheck
{
    private const string Place = CardsService.Name + ".db";

    /// <exception cref="Rpc.ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(DataDirectory data, bool repair) =>
        new SqlCheck(data, CardsService.Name, "Cards", Look).Run(repair);

    private static SqlLook Look(SqlSession session)
    {
        var findings = new Findings();
        using (var rows = session.Query("SELECT url, card FROM cards WHERE card IS NOT NULL"))
        {
            while (rows.Read())
            {
                if (CardsStore.Read(rows.GetString(1)) is not null) continue;
                findings.AddAlike(
                    FindingKind.Damage, Place, Place, $"The card of {rows.GetString(0)} cannot be read.");
            }
        }
        return new SqlLook([("cards", session.Number("SELECT COUNT(*) FROM cards")!.Value)], findings.All, null);
    }
}
