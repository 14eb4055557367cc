"""What the product knows of money: merchants, registrations, bill keys, charges, acquirers."""
